// Copies of whole tables: in place, in a hidden shadow, interrupted (docs/correctness.md, "Snapshots").
#include "duck/open_target.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

SchemaPointer items() {
    static const SchemaPointer table =
        make_table("public.items", {column("id", TypeKind::int32), column("name", TypeKind::varchar)}, {"id"});
    return table;
}

SchemaPointer log_lines() {
    static const SchemaPointer table = make_table("public.log_lines", {column("line", TypeKind::varchar)}, {});
    return table;
}

SnapshotStart start_of(const SchemaPointer& table, uint64_t lsn) {
    return {table, lsn};
}

SnapshotStart hidden_start_of(const SchemaPointer& table, uint64_t lsn) {
    return {table, lsn, true};
}

RowBatch hidden(RowBatch rows) {
    rows.hidden = true;
    return rows;
}

SnapshotEnd end_of(const SchemaPointer& table) {
    return {table->name};
}

class Snapshot : public TargetTest {
protected:
    Rows all() { return rows("SELECT * FROM items ORDER BY id"); }
    bool shadow_is_there() { return !rows("SELECT 'x' FROM duckdb_tables() WHERE table_name LIKE '%shadow%'").empty(); }
    bool is_there(const std::string& table) {
        return !rows("SELECT 'x' FROM duckdb_tables() WHERE table_name = '" + table + "'").empty();
    }
    StoredTable stored() { return target().recover().tables.at(0); }
};

TEST_F(Snapshot, OfANewTableIsFilledInPlace) {
    apply(make_batch(1, start_of(items(), 10), TableRows(items()).snapshot({1, "a"}).take()));
    EXPECT_EQ(all(), (Rows{"1|a"}));
    EXPECT_TRUE(stored().snapshot_open);
    EXPECT_EQ(stored().snapshot_lsn, 10u);
    apply(make_batch(2, TableRows(items()).snapshot({2, "b"}).take(), end_of(items()),
                     TableRows(items()).update({2, "b2"}).take()));
    EXPECT_EQ(all(), (Rows{"1|a", "2|b2"}));
    EXPECT_FALSE(stored().snapshot_open);
}

TEST_F(Snapshot, IsShownInTheTransactionThatHasRemovedRowsOfIt) {
    apply(make_batch(1, TableRows(items()).insert({1, "old"}).take()));
    apply(make_batch(2, hidden_start_of(items(), 10),
                     hidden(TableRows(items()).snapshot({1, "new"}).snapshot({2, "two"}).take())));
    apply(make_batch(3, hidden(TableRows(items()).remove({2}).update({1, "newer"}).take()), end_of(items())));
    crash();
    EXPECT_EQ(all(), (Rows{"1|newer"}));
}

TEST_F(Snapshot, OfATableWithRowsIsHiddenUntilItsEnd) {
    apply(make_batch(1, TableRows(items()).insert({1, "old"}).insert({2, "ghost"}).take()));
    apply(make_batch(2, start_of(items(), 10), TableRows(items()).snapshot({1, "new"}).take()));
    EXPECT_EQ(all(), (Rows{"1|old", "2|ghost"}));
    EXPECT_TRUE(shadow_is_there());
    apply(make_batch(3, TableRows(items()).snapshot({3, "three"}).take(), end_of(items())));
    EXPECT_EQ(all(), (Rows{"1|new", "3|three"}));
    EXPECT_FALSE(shadow_is_there());
}

TEST_F(Snapshot, SwapsAndGoesOnInOneBatch) {
    apply(make_batch(1, TableRows(items()).insert({1, "old"}).take()));
    apply(make_batch(2, TableRows(items()).remove({1}).insert({5, "five"}).take(), start_of(items(), 10),
                     TableRows(items()).snapshot({1, "new"}).snapshot({2, "two"}).take(), end_of(items()),
                     TableRows(items()).remove({1}).update({2, "zwei"}).insert({3, "three"}).take()));
    EXPECT_EQ(all(), (Rows{"2|zwei", "3|three"}));
    reopen();
    EXPECT_EQ(all(), (Rows{"2|zwei", "3|three"}));
}

TEST_F(Snapshot, ContinuesInItsShadowAfterARestart) {
    apply(make_batch(1, TableRows(items()).insert({1, "old"}).take()));
    apply(make_batch(2, start_of(items(), 10), TableRows(items()).snapshot({1, "new"}).take()));
    reopen();
    EXPECT_TRUE(stored().snapshot_open);
    apply(make_batch(3, start_of(items(), 10), TableRows(items()).snapshot({2, "two"}).take()));
    EXPECT_EQ(all(), (Rows{"1|old"}));
    apply(make_batch(4, end_of(items())));
    EXPECT_EQ(all(), (Rows{"1|new", "2|two"}));
}

TEST_F(Snapshot, BegunAnewThrowsTheUnfinishedShadowAway) {
    apply(make_batch(1, TableRows(items()).insert({1, "old"}).take()));
    apply(make_batch(2, start_of(items(), 10),
                     TableRows(items()).snapshot({1, "new"}).snapshot({7, "gone since"}).take()));
    reopen();
    apply(make_batch(3, start_of(items(), 20), TableRows(items()).snapshot({1, "newer"}).take(), end_of(items())));
    EXPECT_EQ(all(), (Rows{"1|newer"}));
    EXPECT_EQ(stored().snapshot_lsn, 20u);
    EXPECT_FALSE(shadow_is_there());
}

TEST_F(Snapshot, BegunAnewAfterAnUnfinishedFirstCopyDoublesNothing) {
    apply(make_batch(1, start_of(log_lines(), 10), TableRows(log_lines()).snapshot({"a"}).snapshot({"b"}).take()));
    reopen();
    apply(make_batch(2, start_of(log_lines(), 20), TableRows(log_lines()).snapshot({"a"}).take()));
    apply(make_batch(3, TableRows(log_lines()).snapshot({"c"}).take(), end_of(log_lines())));
    EXPECT_EQ(rows("SELECT * FROM log_lines ORDER BY 1"), (Rows{"a", "c"}));
}

TEST_F(Snapshot, ASecondOneDoublesNoRowsOfATableWithoutKey) {
    apply(make_batch(1, start_of(log_lines(), 10), TableRows(log_lines()).snapshot({"a"}).snapshot({"a"}).take(),
                     end_of(log_lines())));
    apply(make_batch(2, start_of(log_lines(), 20), TableRows(log_lines()).snapshot({"a"}).snapshot({"a"}).take(),
                     end_of(log_lines())));
    EXPECT_EQ(rows("SELECT * FROM log_lines"), (Rows{"a", "a"}));
}

TEST_F(Snapshot, ThatIsDueIsRememberedUntilItBegins) {
    apply(make_batch(1, start_of(items(), 10), TableRows(items()).snapshot({1, "a"}).take(), end_of(items())));
    apply(make_batch(2, SnapshotDue{items()->name, "lost"}));
    reopen();
    EXPECT_EQ(stored().snapshot_lsn, std::nullopt);
    EXPECT_EQ(all(), (Rows{"1|a"}));
    apply(make_batch(3, start_of(items(), 20), TableRows(items()).snapshot({1, "b"}).take(), end_of(items())));
    EXPECT_EQ(stored().snapshot_lsn, 20u);
    EXPECT_EQ(all(), (Rows{"1|b"}));
}

TEST_F(Snapshot, SendsTheSameRowTwiceAndItStandsOnce) {
    apply(make_batch(1, start_of(items(), 10), TableRows(items()).snapshot({1, "a"}).snapshot({2, "b"}).take()));
    apply(make_batch(2, TableRows(items()).snapshot({2, "b"}).snapshot({3, "c"}).take(), end_of(items())));
    EXPECT_EQ(all(), (Rows{"1|a", "2|b", "3|c"}));
}

TEST_F(Snapshot, RowsOfAnIncrementalOneAreUpserts) {
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).insert({2, "b"}).take()));
    apply(make_batch(2, TableRows(items()).snapshot({2, "bb"}).snapshot({3, "c"}).take()));
    EXPECT_EQ(all(), (Rows{"1|a", "2|bb", "3|c"}));
}

TEST_F(Snapshot, MayBringATypeThatTheOldRowsCannotTake) {
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    const auto anew =
        make_table("public.items", {column("id", TypeKind::uuid), column("price", decimal_type(10, 2))}, {"id"});
    apply(make_batch(2, start_of(anew, 10), TableRows(anew).snapshot({Int128{1, INT64_MIN}, 150}).take()));
    EXPECT_EQ(all(), (Rows{"1|a"}));
    apply(make_batch(3, end_of(anew)));
    EXPECT_EQ(all(), (Rows{"00000000-0000-0000-0000-000000000001|1.50"}));
    EXPECT_TRUE(same_shape(*stored().schema, *anew));
}

TEST_F(Snapshot, OfAnEmptiedTableTakesTheNewShapeInPlace) {
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    const auto anew = make_table("public.items", {column("id", TypeKind::varchar)}, {"id"});
    apply(make_batch(2, Truncate{items()}, start_of(anew, 10), TableRows(anew).snapshot({"x"}).take(), end_of(anew),
                     TableRows(anew).remove({"x"}).insert({"y"}).take()));
    EXPECT_EQ(all(), (Rows{"y"}));
}

TEST_F(Snapshot, AChangeBeforeItsEndIsRefusedSinceTheSwapWouldLoseIt) {
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).take()));
    apply(make_batch(2, start_of(items(), 10)));
    EXPECT_THROW(apply(make_batch(3, TableRows(items()).insert({2, "b"}).take())), Error);
    apply(make_batch(3, TableRows(items()).snapshot({2, "b"}).take(), end_of(items())));
    EXPECT_EQ(all(), (Rows{"2|b"}));
}

TEST_F(Snapshot, AHiddenOneShowsANewTableAtItsEndOnly) {
    apply(make_batch(1, hidden_start_of(items(), 10), hidden(TableRows(items()).snapshot({1, "a"}).take())));
    EXPECT_FALSE(is_there("items"));
    const TableStatus status = target().reader().status().tables.at(0);
    EXPECT_FALSE(status.shown);
    EXPECT_TRUE(status.snapshot_open);
    EXPECT_EQ(status.rows, 1u);
    apply(make_batch(2, hidden(TableRows(items()).snapshot({2, "b"}).take())));
    apply(make_batch(3, end_of(items())));
    EXPECT_EQ(all(), (Rows{"1|a", "2|b"}));
    EXPECT_TRUE(stored().shown);
    apply(make_batch(4, TableRows(items()).remove({1}).update({2, "bb"}).take()));
    reopen();
    EXPECT_EQ(all(), (Rows{"2|bb"}));
}

TEST_F(Snapshot, HiddenOnesAreShownTogether) {
    apply(make_batch(1, hidden_start_of(items(), 10), hidden(TableRows(items()).snapshot({1, "a"}).take()),
                     SnapshotFilled{items()->name}));
    apply(make_batch(2, hidden_start_of(log_lines(), 10), SnapshotFilled{log_lines()->name}));
    EXPECT_FALSE(is_there("items") || is_there("log_lines"));
    apply(make_batch(3, end_of(items()), end_of(log_lines())));
    EXPECT_EQ(all(), (Rows{"1|a"}));
    EXPECT_TRUE(rows("SELECT * FROM log_lines").empty());
    EXPECT_FALSE(shadow_is_there());
}

TEST_F(Snapshot, AHiddenOneThatIsWholeOutlivesARestartAndIsFollowed) {
    apply(make_batch(1, hidden_start_of(items(), 10),
                     hidden(TableRows(items()).snapshot({1, "a"}).snapshot({2, "b"}).take()),
                     SnapshotFilled{items()->name}));
    reopen();
    const StoredTable table = stored();
    EXPECT_FALSE(table.shown);
    EXPECT_FALSE(table.snapshot_open);
    EXPECT_TRUE(table.snapshot_waits);
    EXPECT_EQ(table.snapshot_lsn, 10u);
    EXPECT_TRUE(same_shape(*table.schema, *items()));
    apply(make_batch(2, hidden(TableRows(items()).remove({1}).update({2, "bb"}).insert({3, "c"}).take())));
    EXPECT_FALSE(is_there("items"));
    reopen();
    apply(make_batch(3, Truncate{items(), true}, hidden(TableRows(items()).insert({4, "d"}).take())));
    apply(make_batch(4, end_of(items())));
    EXPECT_EQ(all(), (Rows{"4|d"}));
    EXPECT_FALSE(stored().snapshot_waits);
}

TEST_F(Snapshot, BesideAHiddenOneTheTableGoesOn) {
    apply(make_batch(1, TableRows(items()).insert({1, "old"}).take()));
    apply(make_batch(2, hidden_start_of(items(), 10), hidden(TableRows(items()).snapshot({1, "new"}).take())));
    apply(make_batch(3, TableRows(items()).update({1, "older"}).insert({2, "b"}).take()));
    EXPECT_EQ(all(), (Rows{"1|older", "2|b"}));
    apply(make_batch(4, hidden(TableRows(items()).insert({3, "c"}).take())));
    apply(make_batch(5, end_of(items())));
    EXPECT_EQ(all(), (Rows{"1|new", "3|c"}));
}

TEST_F(Snapshot, ThatIsDueThrowsTheHiddenCopyAway) {
    apply(make_batch(1, TableRows(items()).insert({1, "old"}).take()));
    apply(make_batch(2, hidden_start_of(items(), 10), hidden(TableRows(items()).snapshot({1, "new"}).take())));
    apply(make_batch(3, hidden_start_of(log_lines(), 10), hidden(TableRows(log_lines()).snapshot({"a"}).take()),
                     SnapshotDue{log_lines()->name, "lost"}, SnapshotDue{items()->name, "lost"}));
    EXPECT_FALSE(shadow_is_there());
    EXPECT_EQ(all(), (Rows{"1|old"}));
    EXPECT_EQ(target().recover().tables.size(), 1u);  // what was never shown is forgotten
    EXPECT_EQ(stored().snapshot_lsn, std::nullopt);
    EXPECT_FALSE(stored().snapshot_open);
    apply(make_batch(4, hidden_start_of(log_lines(), 20), hidden(TableRows(log_lines()).snapshot({"b"}).take())));
    apply(make_batch(5, end_of(log_lines())));
    EXPECT_EQ(rows("SELECT * FROM log_lines"), (Rows{"b"}));
}

TEST_F(Snapshot, AHiddenOneBeginsAnewAlsoAtTheSamePoint) {
    apply(make_batch(1, hidden_start_of(log_lines(), 10), hidden(TableRows(log_lines()).snapshot({"a"}).take())));
    reopen();
    apply(make_batch(2, hidden_start_of(log_lines(), 10), hidden(TableRows(log_lines()).snapshot({"a"}).take())));
    apply(make_batch(3, end_of(log_lines())));
    EXPECT_EQ(rows("SELECT * FROM log_lines"), (Rows{"a"}));
}

TEST_F(Snapshot, AHiddenOneTakesANewColumnBeforeItIsShown) {
    apply(make_batch(1, hidden_start_of(items(), 10), hidden(TableRows(items()).snapshot({1, "a"}).take()),
                     SnapshotFilled{items()->name}));
    const auto wide = make_table(
        "public.items",
        {column("id", TypeKind::int32), column("name", TypeKind::varchar), column("n", TypeKind::int32)}, {"id"});
    apply(make_batch(2, hidden(TableRows(wide).update({1, "b", 7}).take())));
    reopen();
    apply(make_batch(3, end_of(items())));
    EXPECT_EQ(all(), (Rows{"1|b|7"}));
}

TEST_F(Snapshot, AHiddenOneDoesNotTakeTheNameOfSomebodyElsesTable) {
    close();
    Connection(open_target(options(), Access::read_write))
        .run("CREATE SCHEMA public; CREATE TABLE public.items (a INTEGER)");
    EXPECT_THROW(apply(make_batch(1, hidden_start_of(items(), 10))), Error);
}

TEST_F(Snapshot, RowsForATableThatIsNotShownAreRefused) {
    apply(make_batch(1, hidden_start_of(items(), 10)));
    EXPECT_THROW(apply(make_batch(2, TableRows(items()).insert({1, "a"}).take())), Error);
    EXPECT_THROW(apply(make_batch(2, hidden(TableRows(log_lines()).insert({"a"}).take()))), Error);
    EXPECT_THROW(apply(make_batch(2, SnapshotFilled{log_lines()->name})), Error);
}

TEST_F(Snapshot, EndWithoutStartIsNothing) {
    apply(make_batch(1, end_of(items()), TableRows(items()).insert({1, "a"}).take(), end_of(items())));
    EXPECT_EQ(all(), (Rows{"1|a"}));
}

TEST_F(Snapshot, TruncateEmptiesTheTable) {
    apply(make_batch(1, TableRows(items()).insert({1, "a"}).insert({2, "b"}).take()));
    apply(make_batch(2, TableRows(items()).insert({3, "c"}).take(), Truncate{items()},
                     TableRows(items()).insert({1, "d"}).take()));
    EXPECT_EQ(all(), (Rows{"1|d"}));
}

}  // namespace
}  // namespace pintail::duck::testing
