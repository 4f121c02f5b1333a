// Random batches against a model that is too simple to be wrong. A failure prints its seed; PINTAIL_SEED repeats it.
#include <algorithm>
#include <random>
#include <set>

#include "random_table.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

class Random : public TargetTest {
protected:
    void check(RandomKeyed& model, const std::string& name) {
        for (int64_t offset = 1; offset <= 60; ++offset) {
            const size_t sizes[] = {1, 2, 7, 30, 200};
            ApplyResult result;
            if (model.pick(5) == 0) {
                // Two parts of one transaction of the source, and two RowBatches of one table in the first.
                RowBatch first = model.batch(sizes[model.pick(5)]);
                RowBatch second = model.batch(3);
                Batch part = make_batch(offset, std::move(first), std::move(second));
                part.transaction_continues = true;
                result = apply(std::move(part));
            }
            const ApplyResult last = apply(make_batch(offset, model.batch(sizes[model.pick(5)])));
            ASSERT_EQ(result.rows_quarantined + last.rows_quarantined, 0u);
            ASSERT_EQ(result.removes_without_row + last.removes_without_row, 0u);
            if (model.pick(10) == 0) reopen();
            if (offset % 5 == 0) {
                ASSERT_EQ(rows("SELECT * FROM " + name + " ORDER BY concat_ws('|', *COLUMNS(*))"), model.expected())
                    << "after batch " << offset;
            }
        }
    }
};

TEST_F(Random, ChangesOfASerialKey) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    RandomKeyed model(seed, make_table("public.serial", columns_with_key(TypeKind::int32), {"k"}), false);
    check(model, "serial");
}

TEST_F(Random, ChangesOfATextKey) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    RandomKeyed model(seed, make_table("public.texts", columns_with_key(TypeKind::varchar), {"k"}), true);
    check(model, "texts");
}

TEST_F(Random, ChangesOfAMultiset) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    const auto table = make_table("public.bag", {column("a", TypeKind::int32), column("b", TypeKind::varchar)}, {});
    std::multiset<std::string> expected;
    for (int64_t offset = 1; offset <= 60; ++offset) {
        TableRows changes(table);
        for (size_t index = 0, count = 1 + random() % 100; index < count; ++index) {
            const int a = static_cast<int>(random() % 6);
            const bool null = random() % 3 == 0;
            const Row row{a, null ? Cell(Null{}) : Cell("a text that does not fit inline")};
            const std::string line = std::to_string(a) + "|" + (null ? "NULL" : "a text that does not fit inline");
            const auto found = expected.find(line);
            if (found != expected.end() && random() % 2) {
                changes.remove(row);
                expected.erase(found);
            } else {
                changes.insert(row);
                expected.insert(line);
            }
        }
        ASSERT_EQ(apply(make_batch(offset, changes.take())).removes_without_row, 0u);
        ASSERT_EQ(rows("SELECT a, b FROM bag ORDER BY a, b NULLS LAST"),
                  [&] {
                      Rows lines(expected.begin(), expected.end());
                      std::sort(lines.begin(), lines.end(), [](const std::string& x, const std::string& y) {
                          const auto rank = [](const std::string& line) {
                              return std::pair(line.substr(0, 1), line.find("NULL") != std::string::npos);
                          };
                          return rank(x) < rank(y);
                      });
                      return lines;
                  }())
            << "after batch " << offset;
    }
}

}  // namespace
}  // namespace pintail::duck::testing
