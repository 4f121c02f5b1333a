// Tables of as many columns as Postgres can have.
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

constexpr int kColumns = 1600;

SchemaPointer wide_table() {
    std::vector<ColumnSchema> columns{column("id", TypeKind::int32)};
    for (int i = 1; i < kColumns; ++i) columns.push_back(column("c" + std::to_string(i), TypeKind::varchar));
    return make_table("public.wide", columns, {"id"});
}

// The second meets rows of the first.
void apply_two_batches(DuckDestination& target) {
    const auto table = wide_table();
    std::vector<Cell> cells(kColumns, Cell("some text of more than twelve bytes"));
    for (int batch = 0; batch < 2; ++batch) {
        TableRows rows(table);
        for (int id = batch * 1500; id < batch * 1500 + 2500; ++id) {
            cells[0] = id;
            rows.insert(cells);
        }
        target.apply(make_batch(batch + 1, rows.take()));
    }
}

using WideTable = TargetTest;

TEST_F(WideTable, IsWrittenWithTheDefaultMemoryLimit) {
    apply_two_batches(target());
    EXPECT_EQ(one("SELECT count(*) || ' ' || count(c1599) FROM wide"), "4000 4000");
}

TEST_F(WideTable, ALimitOfTheUsersOwnIsKeptAndNamed) {
    TargetOptions small = options();
    small.memory_limit_bytes = kDefaultMemoryLimit;
    DuckDestination target(small);
    try {
        apply_two_batches(target);
        FAIL() << "128 MiB were enough";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("--memory-limit"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace pintail::duck::testing
