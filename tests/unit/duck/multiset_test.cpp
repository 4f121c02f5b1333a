// Tables without a key: a remove takes exactly one equal row (docs/correctness.md, "Multisets").
#include <cmath>
#include <limits>

#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

SchemaPointer events() {
    static const SchemaPointer table = make_table("public.events",
                                                  {column("n", TypeKind::int32), column("f", TypeKind::float64),
                                                   column("i", TypeKind::interval), column("s", TypeKind::varchar)},
                                                  {});
    return table;
}

class Multiset : public TargetTest {
protected:
    Rows all() { return rows("SELECT n, f, i, s FROM events ORDER BY n, f, i, i::VARCHAR, f::VARCHAR, s"); }
    ApplyResult change(TableRows& changes) { return apply(make_batch(++offset_, changes.take())); }
    ApplyResult change(TableRows&& changes) { return change(changes); }

    int64_t offset_ = 0;
    const Interval month_{1, 0, 0};
    const Interval thirty_days_{0, 30, 0};
};

TEST_F(Multiset, ARemoveTakesOneOfEqualRows) {
    change(
        TableRows(events()).insert({1, 1.5, month_, "a"}).insert({1, 1.5, month_, "a"}).insert({1, 1.5, month_, "a"}));
    const ApplyResult result = change(TableRows(events()).remove({1, 1.5, month_, "a"}).remove({1, 1.5, month_, "a"}));
    EXPECT_EQ(result.rows_removed, 2u);
    EXPECT_EQ(all(), (Rows{"1|1.5|1 month|a"}));
}

// DuckDB stores a column of zeros as one constant, so the sign of a stored zero cannot be trusted.
TEST_F(Multiset, ARemoveFindsAZeroOfEitherSign) {
    change(
        TableRows(events()).insert({1, 0.0, month_, "a"}).insert({1, -0.0, month_, "a"}).insert({2, 0.0, month_, "a"}));
    const ApplyResult result =
        change(TableRows(events()).remove({1, -0.0, month_, "a"}).remove({1, -0.0, month_, "a"}));
    EXPECT_EQ(result.rows_removed, 2u);
    EXPECT_EQ(all(), (Rows{"2|0.0|1 month|a"}));
}

TEST_F(Multiset, AMonthIsNotThirtyDays) {
    change(TableRows(events()).insert({1, 1.0, month_, "a"}).insert({1, 1.0, thirty_days_, "a"}));
    change(TableRows(events()).remove({1, 1.0, thirty_days_, "a"}));
    EXPECT_EQ(all(), (Rows{"1|1.0|1 month|a"}));
}

TEST_F(Multiset, NullsAndNansAreFound) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    change(TableRows(events())
               .insert({Null{}, nan, Null{}, Null{}})
               .insert({Null{}, Null{}, Null{}, Null{}})
               .insert({2, 2.0, month_, "b"}));
    const ApplyResult result =
        change(TableRows(events()).remove({Null{}, nan, Null{}, Null{}}).remove({Null{}, Null{}, Null{}, Null{}}));
    EXPECT_EQ(result.removes_without_row, 0u);
    EXPECT_EQ(all(), (Rows{"2|2.0|1 month|b"}));
}

// The target keeps what stood in it.
TEST_F(Multiset, ARemoveFindsARowFromBeforeAColumnWasDropped) {
    change(TableRows(events())
               .insert({1, 1.0, month_, "a"})
               .insert({2, 2.0, month_, "b"})
               .insert({3, 3.0, month_, Null{}}));
    const SchemaPointer narrower =
        make_table("public.events",
                   {column("n", TypeKind::int32), column("f", TypeKind::float64), column("i", TypeKind::interval)}, {});
    const ApplyResult result =
        change(TableRows(narrower).remove({1, 1.0, month_}).remove({3, 3.0, month_}).insert({4, 4.0, month_}));
    EXPECT_EQ(result.removes_without_row, 0u);
    EXPECT_EQ(all(), (Rows{"2|2.0|1 month|b", "4|4.0|1 month|NULL"}));
}

TEST_F(Multiset, ARemoveFindsARowOfATableThatHasLostEveryColumn) {
    change(TableRows(events()).insert({1, 1.0, month_, "a"}).insert({2, 2.0, month_, "b"}));
    const SchemaPointer empty = make_table("public.events", {}, {});
    EXPECT_EQ(change(TableRows(empty).remove({})).removes_without_row, 0u);
    EXPECT_EQ(all().size(), 1u);
}

TEST_F(Multiset, ARemoveThatFindsNothingIsReported) {
    change(TableRows(events()).insert({1, 1.0, month_, "a"}));
    const ApplyResult result = change(
        TableRows(events()).remove({1, 1.0, month_, "a"}).remove({1, 1.0, month_, "a"}).remove({9, 1.0, month_, "a"}));
    EXPECT_EQ(result.rows_removed, 1u);
    EXPECT_EQ(result.removes_without_row, 2u);
    EXPECT_EQ(all(), Rows{});
}

TEST_F(Multiset, AnInsertAndItsRemoveInOneBatchLeaveNothing) {
    const ApplyResult result = change(TableRows(events())
                                          .insert({1, 1.0, month_, "a"})
                                          .remove({1, 1.0, month_, "a"})
                                          .insert({1, 1.0, month_, "a"})
                                          .insert({1, -0.0, month_, "a"})
                                          .remove({1, -0.0, month_, "a"}));
    EXPECT_EQ(result.removes_without_row, 0u);
    EXPECT_EQ(all(), (Rows{"1|1.0|1 month|a"}));
}

TEST_F(Multiset, AnUpdateIsRemoveAndInsert) {
    change(TableRows(events()).insert({1, 1.0, month_, "a"}).insert({1, 1.0, month_, "a"}));
    change(TableRows(events())
               .remove({1, 1.0, month_, "a"})
               .insert({1, 1.0, month_, "b"})
               .remove({1, 1.0, month_, "b"})
               .insert({1, 1.0, month_, "c"}));
    EXPECT_EQ(all(), (Rows{"1|1.0|1 month|a", "1|1.0|1 month|c"}));
}

TEST_F(Multiset, NestedCellsAreComparedToo) {
    const ColumnType pair{
        TypeKind::structure, 0, 0, {{"f", {TypeKind::float64}}, {"tags", list_of({TypeKind::varchar})}}};
    const auto table = make_table("public.nested", {column("p", pair), column("l", list_of({TypeKind::float64}))}, {});
    const Row zero{Record{{0.0, List{{"a", Null{}}}}}, List{{0.0}}};
    const Row other{Record{{1.0, List{{"a", Null{}}}}}, List{{0.0}}};
    apply(make_batch(1, TableRows(table).insert(zero).insert(other).insert({Null{}, Null{}}).take()));
    apply(make_batch(2, TableRows(table).remove(other).remove({Null{}, Null{}}).take()));
    EXPECT_EQ(rows("SELECT * FROM nested"), (Rows{"{'f': 0.0, 'tags': [a, NULL]}|[0.0]"}));
}

TEST_F(Multiset, UnchangedCellsAreRefused) {
    EXPECT_THROW(change(TableRows(events()).insert({1, 1.0, month_, Unchanged{}})), Error);
}

}  // namespace
}  // namespace pintail::duck::testing
