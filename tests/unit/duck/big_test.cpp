// Tables so big that their deleted rows alone need more memory than DuckDB is given at first.
#include "duck/connection.hpp"
#include "duck/open_target.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

constexpr int kRows = 20'000'000;
constexpr int kVectorRows = 2048;

SchemaPointer big_table() {
    return make_table("public.big", {column("id", TypeKind::int32)}, {"id"});
}

// One in every vector of the table.
Batch removes(uint64_t number) {
    TableRows rows(big_table());
    for (int id = kVectorRows / 2; id < kRows; id += kVectorRows) rows.remove({id});
    return make_batch(number, rows.take());
}

class BigTable : public TargetTest {
protected:
    void make() {
        apply(make_batch(1, TableRows(big_table()).insert({0}).take()));
        close();
        const Connection connection(open_target(options(), Access::read_write));
        connection.run("INSERT INTO public.big SELECT i::INTEGER FROM range(1, " + std::to_string(kRows) + ") rows(i)");
    }
};

TEST_F(BigTable, LosesRowsAllOverWithTheDefaultMemoryLimit) {
    make();
    int grown = 0;
    for (bool done = false; !done;) {
        try {
            EXPECT_EQ(apply(removes(2)).removes_without_row, 0u);
            done = true;
        } catch (const Error& error) {
            ASSERT_TRUE(error.transient()) << error.what();
            ASSERT_LT(++grown, 4);
            target().reopen();
        }
    }
    EXPECT_GT(grown, 0) << "the test's table is too small to show anything";
    EXPECT_EQ(one("SELECT count(*) FROM big"), std::to_string(kRows - kRows / kVectorRows - 1));
    close();  // no look for keys that stand twice: it would take more memory than all of this
}

TEST_F(BigTable, ALimitOfTheUsersOwnIsKeptAndNamed) {
    make();
    TargetOptions small = options();
    small.memory_limit_bytes = kDefaultMemoryLimit;
    DuckDestination target(small);
    try {
        target.apply(removes(2));
        FAIL() << "128 MiB were enough";
    } catch (const Error& error) {
        EXPECT_FALSE(error.transient());
        EXPECT_NE(std::string(error.what()).find("--memory-limit"), std::string::npos) << error.what();
    }
}

// Of the data, not of what DuckDB itself needs.
constexpr const char* kHeld = "SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag = 'BASE_TABLE'";

TEST_F(BigTable, IsNotKeptInMemoryWhileNothingComes) {
    make();
    EXPECT_EQ(one("SELECT max(id) + min(id) FROM big WHERE id % 2 = 1"), std::to_string(kRows));
    const auto held = std::stoll(one(kHeld));
    {
        TargetReader reader = target().reader();
        target().rest();
        EXPECT_EQ(rows_of(reader, kHeld).at(0), std::to_string(held)) << "a reader may be using it";
    }
    target().rest();
    EXPECT_LT(std::stoll(one(kHeld)), held / 10);
    EXPECT_EQ(apply(make_batch(2, TableRows(big_table()).insert({kRows}).take())).rows_written, 1u);
    EXPECT_EQ(one("SELECT current_setting('memory_limit')"), "128.0 MiB");
    close();  // see above
}

}  // namespace
}  // namespace pintail::duck::testing
