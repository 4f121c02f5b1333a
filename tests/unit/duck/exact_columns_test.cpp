// Values that a column cannot hold stand beside it (docs/types.md).
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

const ColumnType kPrice = decimal_type(6, 2);

SchemaPointer prices() {
    static const SchemaPointer table =
        make_table("public.t",
                   {column("id", TypeKind::int32), column("price", kPrice), column("note", TypeKind::varchar)}, {"id"});
    return table;
}

SchemaPointer without_key() {
    static const SchemaPointer table =
        make_table("public.bag", {column("n", TypeKind::int32), column("price", kPrice)}, {});
    return table;
}

class ExactColumns : public TargetTest {
protected:
    template <typename... Steps>
    ApplyResult change(Steps&&... steps) {
        return apply(make_batch(++offset_, std::forward<Steps>(steps)...));
    }
    ApplyResult change(TableRows& rows) { return change(rows.take()); }
    Rows all() { return rows("SELECT id, price, price__exact, note FROM t ORDER BY id"); }
    bool has_column(const std::string& name) {
        return !rows("SELECT 'x' FROM duckdb_columns() WHERE table_name = 't' AND column_name = '" + name + "'")
                    .empty();
    }

    int64_t offset_ = 0;
};

TEST_F(ExactColumns, AreMadeWhenTheFirstSuchValueComesAndNotBefore) {
    change(TableRows(prices()).insert({1, 100, "a"}));
    EXPECT_FALSE(has_column("price__exact"));
    change(TableRows(prices()).update({1, 150, "b"}).insert({2, Beyond{"NaN"}, "c"}).insert({3, Null{}, "d"}));
    EXPECT_EQ(all(), (Rows{"1|1.50|NULL|b", "2|NULL|NaN|c", "3|NULL|NULL|d"}));
    reopen();
    change(TableRows(prices()).update({2, 250, "e"}).update({3, Beyond{""}, "f"}));
    EXPECT_EQ(all(), (Rows{"1|1.50|NULL|b", "2|2.50|NULL|e", "3|NULL||f"}));
    EXPECT_EQ(rows("SELECT change, column_name, new FROM pintail.schema_history WHERE change = 'add column'"),
              (Rows{"add column|price__exact|VARCHAR"}));
}

TEST_F(ExactColumns, UnchangedCellsKeepBoth) {
    change(TableRows(prices()).insert({1, Beyond{"NaN"}, "a"}).insert({2, 200, "b"}));
    change(TableRows(prices()).update({1, Unchanged{}, "c"}).update({2, Unchanged{}, "d"}));
    EXPECT_EQ(all(), (Rows{"1|NULL|NaN|c", "2|2.00|NULL|d"}));
    change(TableRows(prices())
               .insert({3, Beyond{"NaN"}, "e"})
               .update({3, Unchanged{}, "f"})
               .change_key({1}, {9, Unchanged{}, "g"}));
    change(TableRows(prices()).update({2, Beyond{"NaN"}, Unchanged{}}).update({9, 900, Unchanged{}}));
    EXPECT_EQ(all(), (Rows{"2|NULL|NaN|d", "3|NULL|NaN|f", "9|9.00|NULL|g"}));
}

TEST_F(ExactColumns, TheSourceNeverHearsOfThem) {
    change(TableRows(prices()).insert({1, Beyond{"NaN"}, "a"}));
    EXPECT_TRUE(same_shape(*target().recover().tables.at(0).schema, *prices()));
}

TEST_F(ExactColumns, MakeRoomForAColumnOfTheSourceThatIsCalledSo) {
    const auto table = make_table(
        "public.t", {column("id", TypeKind::int32), column("price", kPrice), column("price__exact", TypeKind::int32)},
        {"id"});
    change(TableRows(table).insert({1, Beyond{"NaN"}, 7}));
    EXPECT_EQ(rows("SELECT id, price, price__exact, price__exact_2 FROM t"), (Rows{"1|NULL|7|NaN"}));
}

TEST_F(ExactColumns, MultisetsLoseTheRowWithTheSameText) {
    change(TableRows(without_key()).insert({1, Beyond{"NaN"}}).insert({1, Null{}}).insert({1, 100}));
    EXPECT_EQ(change(TableRows(without_key()).remove({1, Beyond{"NaN"}}).insert({2, 200})).removes_without_row, 0u);
    EXPECT_EQ(rows("SELECT n, price, price__exact FROM bag ORDER BY ALL"),
              (Rows{"1|1.00|NULL", "1|NULL|NULL", "2|2.00|NULL"}));
}

TEST_F(ExactColumns, CopiesHaveThemFromTheBatchOnThatNeedsThem) {
    const auto hidden = [](RowBatch rows) {
        rows.hidden = true;
        return rows;
    };
    change(SnapshotStart{prices(), 10, true}, hidden(TableRows(prices()).snapshot({1, 100, "a"}).take()));
    change(hidden(TableRows(prices()).snapshot({2, Beyond{"NaN"}, "b"}).take()));
    change(hidden(TableRows(prices()).snapshot({3, 300, "c"}).take()), SnapshotEnd{prices()->name});
    EXPECT_EQ(all(), (Rows{"1|1.00|NULL|a", "2|NULL|NaN|b", "3|3.00|NULL|c"}));
    change(TableRows(prices()).update({2, 200, "d"}));
    EXPECT_EQ(all(), (Rows{"1|1.00|NULL|a", "2|2.00|NULL|d", "3|3.00|NULL|c"}));
}

TEST_F(ExactColumns, ComeInTheMiddleOfATransactionThatIsAppliedInParts) {
    change(TableRows(prices()).insert({1, 100, "a"}).insert({2, 200, "b"}));
    Batch first = make_batch(++offset_, TableRows(prices()).remove({1}).update({2, 250, "c"}).take());
    first.transaction_continues = true;
    apply(std::move(first));
    change(TableRows(prices()).insert({3, Beyond{"NaN"}, "d"}).update({2, Unchanged{}, "e"}));
    EXPECT_EQ(all(), (Rows{"2|2.50|NULL|e", "3|NULL|NaN|d"}));
}

TEST_F(ExactColumns, ADroppedColumnsTextsAreNotThoseOfOneOfItsName) {
    change(TableRows(prices()).insert({1, Beyond{"NaN"}, "a"}));
    const auto narrow =
        make_table("public.t", {column("id", TypeKind::int32), column("note", TypeKind::varchar)}, {"id"});
    change(TableRows(narrow).insert({2, "b"}));
    change(TableRows(prices()).insert({3, Beyond{"NaN"}, "c"}).insert({4, 400, "d"}));
    EXPECT_EQ(all(), (Rows{"1|NULL|NULL|a", "2|NULL|NULL|b", "3|NULL|NaN|c", "4|4.00|NULL|d"}));
    EXPECT_EQ(rows("SELECT id, price__exact_dropped FROM t ORDER BY id"),
              (Rows{"1|NaN", "2|NULL", "3|NULL", "4|NULL"}));
}

SchemaPointer costs() {
    static const SchemaPointer table = make_table(
        "public.t", {column("id", TypeKind::int32), column("cost", kPrice), column("note", TypeKind::varchar)}, {"id"});
    return table;
}

// Rows of the same batch come under the new name.
TEST_F(ExactColumns, FollowTheirColumnToItsNewName) {
    change(TableRows(prices()).insert({1, Beyond{"NaN"}, "a"}).insert({2, 200, "b"}).insert({3, Beyond{"NaN"}, "c"}));
    change(Reshape{costs(), {{"price", "cost"}}, {}, false},
           TableRows(costs()).update({1, Unchanged{}, "d"}).update({2, Beyond{"NaN"}, "e"}).take());
    const std::string cost = "SELECT id, cost, cost__exact, note FROM t ORDER BY id";
    EXPECT_EQ(rows(cost), (Rows{"1|NULL|NaN|d", "2|NULL|NaN|e", "3|NULL|NaN|c"}));
    EXPECT_FALSE(has_column("price__exact"));
    reopen();
    change(TableRows(costs()).update({1, Unchanged{}, "f"}).update({2, 250, "g"}));
    EXPECT_EQ(rows(cost), (Rows{"1|NULL|NaN|f", "2|2.50|NULL|g", "3|NULL|NaN|c"}));
    EXPECT_EQ(rows("SELECT column_name, new FROM pintail.schema_history WHERE change = 'rename column' ORDER BY ALL"),
              (Rows{"price|cost", "price__exact|cost__exact"}));
}

TEST_F(ExactColumns, FollowTheirColumnsWhenThoseSwapNames) {
    const auto both = make_table(
        "public.t", {column("id", TypeKind::int32), column("price", kPrice), column("cost", kPrice)}, {"id"});
    change(TableRows(both).insert({1, Beyond{"NaN"}, 100}));
    const auto swapped = make_table(
        "public.t", {column("id", TypeKind::int32), column("cost", kPrice), column("price", kPrice)}, {"id"});
    change(Reshape{swapped, {{"price", "cost"}, {"cost", "price"}}, {}, false},
           TableRows(swapped).insert({2, 200, Beyond{"NaN"}}).take());
    EXPECT_EQ(rows("SELECT id, price, price__exact, cost, cost__exact FROM t ORDER BY id"),
              (Rows{"1|1.00|NULL|NULL|NaN", "2|NULL|NaN|2.00|NULL"}));
}

TEST_F(ExactColumns, FollowTheirTableToItsNewName) {
    change(TableRows(prices()).insert({1, Beyond{"NaN"}, "a"}));
    const auto renamed =
        make_table("public.u",
                   {column("id", TypeKind::int32), column("price", kPrice), column("note", TypeKind::varchar)}, {"id"});
    change(TableRename{{"public", "t"}, {"public", "u"}}, TableRows(renamed).update({1, Unchanged{}, "b"}).take());
    EXPECT_EQ(rows("SELECT id, price, price__exact, note FROM u"), (Rows{"1|NULL|NaN|b"}));
}

TEST_F(ExactColumns, TellTheRowsOfAMultisetApartBehindARename) {
    change(TableRows(without_key()).insert({1, Beyond{"NaN"}}).insert({1, Null{}}));
    const auto renamed = make_table("public.bag", {column("n", TypeKind::int32), column("cost", kPrice)}, {});
    EXPECT_EQ(change(Reshape{renamed, {{"price", "cost"}}, {}, false}, TableRows(renamed).remove({1, Null{}}).take())
                  .removes_without_row,
              0u);
    EXPECT_EQ(rows("SELECT n, cost, cost__exact FROM bag"), (Rows{"1|NULL|NaN"}));
}

TEST_F(ExactColumns, AreSetAsideWithAColumnThatAnotherOneReplaces) {
    change(TableRows(prices()).insert({1, Beyond{"NaN"}, "a"}));
    const auto other = make_table("public.t",
                                  {column("id", TypeKind::int32), column("note", TypeKind::varchar),
                                   column("price", ColumnType{TypeKind::varchar})},
                                  {"id"});
    change(Reshape{other, {}, {"price"}, false}, TableRows(other).insert({2, "b", "dear"}).take());
    EXPECT_EQ(rows("SELECT id, price, price__exact_dropped FROM t ORDER BY id"), (Rows{"1|NULL|NaN", "2|dear|NULL"}));
}

TEST_F(ExactColumns, MayGoWithTheirColumn) {
    dropped_columns = DroppedColumns::drop;
    change(TableRows(prices()).insert({1, Beyond{"NaN"}, "a"}));
    const auto narrow =
        make_table("public.t", {column("id", TypeKind::int32), column("note", TypeKind::varchar)}, {"id"});
    change(Reshape{narrow, {}, {"price"}, false});
    EXPECT_EQ(rows("SELECT * FROM t"), (Rows{"1|a"}));
}

}  // namespace
}  // namespace pintail::duck::testing
