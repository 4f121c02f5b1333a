// Random changes in the modes that keep more than the source's rows. A failure prints its seed; PINTAIL_SEED repeats
// it.
#include <functional>
#include <map>
#include <random>
#include <set>

#include "random_table.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr size_t kSizes[] = {1, 2, 7, 30, 200};

class RandomModes : public TargetTest {
protected:
    // Transactions of random sizes, some of them in one batch, one in two batches; `after_commit` sees each one's
    // number.
    void play(RandomKeyed& model, int transactions, const std::function<void(int64_t)>& after_commit,
              const std::function<void()>& after_batch) {
        for (int64_t number = 1; number <= transactions;) {
            TableRows rows(model.table());
            for (size_t in_batch = 1 + model.pick(4); in_batch > 0; --in_batch, ++number) {
                model.change(rows.at(static_cast<uint64_t>(number), number * kSecond), kSizes[model.pick(5)]);
                if (in_batch > 1) after_commit(number);
            }
            if (model.pick(5) == 0) {
                ASSERT_NO_FATAL_FAILURE(apply_exactly(number, std::move(rows), true));
                rows = TableRows(model.table());
                model.change(rows.at(static_cast<uint64_t>(number - 1), (number - 1) * kSecond), 5);
            }
            ASSERT_NO_FATAL_FAILURE(apply_exactly(number, std::move(rows), false));
            after_commit(number - 1);
            if (model.pick(10) == 0) reopen();
            after_batch();
        }
    }

private:
    void apply_exactly(int64_t offset, TableRows rows, bool continues) {
        Batch batch = make_batch(offset, rows.take());
        batch.transaction_continues = continues;
        const ApplyResult result = apply(std::move(batch));
        ASSERT_EQ(result.rows_quarantined, 0u);
        ASSERT_EQ(result.removes_without_row, 0u);
    }
};

const std::string kRow = "concat_ws('|', k, small, body, extra)";

std::string sorted(const std::string& from_where) {
    return "SELECT " + kRow + " AS line FROM " + from_where + " ORDER BY line";
}

TEST_F(RandomModes, SoftDeleteHoldsTheSourcesRowsAndTheLastImageOfTheDeletedOnes) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    set_mode(TableMode::soft_delete);
    RandomKeyed model(seed, make_table("public.t", columns_with_key(TypeKind::int32), {"k"}), false);
    play(
        model, 60, [](int64_t) {},
        [&] {
            ASSERT_EQ(rows(sorted("t WHERE NOT _deleted")), model.expected());
            ASSERT_EQ(rows(sorted("t WHERE _deleted")), model.expected_deleted());
        });
}

// The state after a commit, read off the history in three ways that must agree with the source.
TEST_F(RandomModes, FoldingTheHistoryGivesTheMirrorAtEveryCommit) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    set_mode(TableMode::history);
    RandomKeyed model(seed, make_table("public.t", columns_with_key(TypeKind::varchar), {"k"}), true);
    std::map<int64_t, Rows> states;
    play(
        model, 60, [&](int64_t commit) { states[commit] = model.expected(); },
        [&] { ASSERT_EQ(rows(sorted("t WHERE _valid_to IS NULL")), model.expected()); });
    for (const auto& [commit, expected] : states) {
        const std::string at = "make_timestamptz(" + std::to_string(commit * kSecond) + ")";
        EXPECT_EQ(rows(sorted("t WHERE _valid_from <= " + at + " AND (_valid_to > " + at + " OR _valid_to IS NULL)")),
                  expected)
            << "as of commit " << commit;
        const std::string fold =
            "(SELECT k, unnest(arg_max({'small': small, 'body': body, 'extra': extra, '_op': _op}, _seq)) FROM t WHERE "
            "_lsn <= " +
            std::to_string(commit) + " GROUP BY k) WHERE _op <> 'delete'";
        EXPECT_EQ(rows(sorted(fold)), expected) << "folded up to commit " << commit;
    }
    EXPECT_EQ(one("SELECT count(*) FROM (SELECT _valid_to AS ended, lead(_valid_from) OVER (PARTITION BY k ORDER BY "
                  "_seq) AS next FROM t) WHERE ended > next"),
              "0")
        << "versions overlap";
    EXPECT_EQ(one("SELECT count(*) - count(DISTINCT _seq) FROM t"), "0");
}

TEST_F(RandomModes, FoldingTheHistoryOfAMultiset) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    set_mode(TableMode::history);
    std::mt19937 random(seed);
    const auto table = make_table("public.bag", {column("a", TypeKind::int32), column("b", TypeKind::varchar)}, {});
    std::map<int64_t, std::multiset<std::string>> states;
    std::multiset<std::string> now;
    for (int64_t commit = 1; commit <= 40; ++commit) {
        TableRows changes = std::move(TableRows(table).at(static_cast<uint64_t>(commit), commit * kSecond));
        for (size_t left = 1 + random() % 40; left > 0; --left) {
            const int a = static_cast<int>(random() % 6);
            const auto found = now.find(std::to_string(a) + "|x");
            if (found != now.end() && random() % 2) {
                changes.remove({a, "x"});
                now.erase(found);
            } else {
                changes.insert({a, "x"});
                now.insert(std::to_string(a) + "|x");
            }
        }
        ASSERT_EQ(apply(make_batch(commit, changes.take())).removes_without_row, 0u);
        states[commit] = now;
    }
    for (const auto& [commit, expected] : states) {
        const std::string at = "make_timestamptz(" + std::to_string(commit * kSecond) + ")";
        EXPECT_EQ(rows("SELECT a, b FROM bag WHERE _valid_from <= " + at + " AND (_valid_to > " + at +
                       " OR _valid_to IS NULL) ORDER BY ALL"),
                  Rows(expected.begin(), expected.end()))
            << "as of commit " << commit;
    }
}

}  // namespace
}  // namespace pintail::duck::testing
