// Mode soft-delete: deleted rows stay, marked; docs/modes.md.
#include "mode_tables.hpp"

namespace pintail::duck::testing {
namespace {

class SoftDelete : public TargetTest {
protected:
    SoftDelete() { set_mode(TableMode::soft_delete); }

    Rows all(const std::string& columns = "id, v, big", const std::string& table = "items") {
        return rows("SELECT " + columns + ", _deleted, epoch_us(_deleted_at) // 1000000 FROM " + table +
                    " ORDER BY ALL");
    }
    TableRows changes(int second) { return std::move(TableRows(items()).at(second, second * kSecond)); }
    TableRows changes_of_bag(int second) { return std::move(TableRows(bag()).at(second, second * kSecond)); }
};

TEST_F(SoftDelete, ADeletedRowStaysMarkedWithTheTimeOfTheCommit) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).take()));
    const ApplyResult result = apply(make_batch(2, changes(20).remove({1}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|x|true|20", "2|b|y|false|NULL"}));
    EXPECT_EQ(result.rows_removed, 1u);
    EXPECT_EQ(result.removes_without_row, 0u);
}

TEST_F(SoftDelete, AnInsertRevivesIt) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    apply(make_batch(2, changes(20).remove({1}).take()));
    apply(make_batch(3, changes(30).insert({1, "b", "z"}).take()));
    EXPECT_EQ(all(), (Rows{"1|b|z|false|NULL"}));
}

TEST_F(SoftDelete, WhatComesAndGoesWithinOneBatchIsThereAsOverSeveral) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    TableRows rows = changes(20);
    rows.update({1, "b", "y"}).insert({2, "n", "n"});
    rows.at(30, 30 * kSecond).remove({1}).remove({2}).insert({3, "c", "c"}).remove({3});
    rows.at(40, 40 * kSecond).insert({3, "d", "d"}).remove({3});
    apply(make_batch(2, rows.take()));
    EXPECT_EQ(all(), (Rows{"1|b|y|true|30", "2|n|n|true|30", "3|d|d|true|40"}));
}

TEST_F(SoftDelete, ManyRowsAtOnce) {
    TableRows first = changes(10);
    for (int id = 1; id <= 1000; ++id) first.insert({id, "a", "x"});
    apply(make_batch(1, first.take()));
    TableRows second = changes(20);
    for (int id = 1; id <= 1000; ++id) id % 2 == 0 ? second.remove({id}) : second.update({id, "b", "x"});
    const ApplyResult result = apply(make_batch(2, second.take()));
    EXPECT_EQ(one("SELECT count(*), count(*) FILTER (_deleted AND v = 'a' AND id % 2 = 0), count(*) FILTER (NOT "
                  "_deleted AND v = 'b') FROM items"),
              "1000|500|500");
    EXPECT_EQ(result.removes_without_row, 0u);
}

TEST_F(SoftDelete, ADeleteOfWhatIsNotThereIsReportedAndSoIsOneOfADeletedRow) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    EXPECT_EQ(apply(make_batch(2, changes(20).remove({1}).remove({7}).take())).removes_without_row, 1u);
    EXPECT_EQ(apply(make_batch(3, changes(30).remove({1}).take())).removes_without_row, 1u);
    EXPECT_EQ(all(), (Rows{"1|a|x|true|20"}));
}

TEST_F(SoftDelete, AChangedKeyMarksTheOldRowAndAddsTheNewOneWithItsUnchangedCells) {
    apply(make_batch(1, changes(10).insert({1, "a", "big one"}).insert({2, "b", "big two"}).take()));
    apply(make_batch(2, changes(20).change_key({1}, {10, "c", Unchanged{}}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|big one|true|20", "2|b|big two|false|NULL", "10|c|big one|false|NULL"}));
    // A chain: 2 becomes 1, which was deleted.
    apply(make_batch(3, changes(30).change_key({2}, {1, "d", Unchanged{}}).take()));
    EXPECT_EQ(all(), (Rows{"1|d|big two|false|NULL", "2|b|big two|true|30", "10|c|big one|false|NULL"}));
}

TEST_F(SoftDelete, UnchangedCellsComeFromTheRowInTheTarget) {
    apply(make_batch(1, changes(10).insert({1, "a", "big one"}).insert({2, "b", "big two"}).take()));
    apply(make_batch(2, changes(20).update({1, "c", Unchanged{}}).update({2, "d", Unchanged{}}).remove({2}).take()));
    EXPECT_EQ(all(), (Rows{"1|c|big one|false|NULL", "2|d|big two|true|20"}));
}

TEST_F(SoftDelete, WithoutARowUnchangedCellsGoToQuarantine) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    apply(make_batch(2, changes(20).remove({1}).take()));
    EXPECT_EQ(apply(make_batch(3, changes(30).update({1, "b", Unchanged{}}).update({7, "c", Unchanged{}}).take()))
                  .rows_quarantined,
              2u);
    EXPECT_EQ(all(), (Rows{"1|a|x|true|20"}));
}

TEST_F(SoftDelete, ATruncateMarksAllThatStand) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).take()));
    apply(make_batch(2, changes(20).remove({1}).take()));
    apply(make_batch(3, Truncate{items(), false, {30, 30 * kSecond}}, changes(40).insert({3, "c", "z"}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|x|true|20", "2|b|y|true|30", "3|c|z|false|NULL"}));
}

TEST_F(SoftDelete, OfAMultisetExactlyOneEqualRowIsMarked) {
    apply(make_batch(1,
                     changes_of_bag(10).insert({1, "x"}).insert({1, "x"}).insert({1, "x"}).insert({2, Null{}}).take()));
    TableRows rows = changes_of_bag(20);
    rows.remove({1, "x"});
    rows.at(30, 30 * kSecond)
        .remove({1, "x"})
        .remove({2, Null{}})
        .remove({9, "never"})
        .insert({3, "y"})
        .remove({3, "y"})
        .insert({3, "y"});
    EXPECT_EQ(apply(make_batch(2, rows.take())).removes_without_row, 1u);
    EXPECT_EQ(all("a, b", "bag"), (Rows{"1|x|false|NULL", "1|x|true|20", "1|x|true|30", "2|NULL|true|30",
                                        "3|y|false|NULL", "3|y|true|30"}));
    apply(make_batch(3, changes_of_bag(40).remove({1, "x"}).take()));
    EXPECT_EQ(apply(make_batch(4, changes_of_bag(50).remove({1, "x"}).take())).removes_without_row, 1u)
        << "marked rows were taken";
}

TEST_F(SoftDelete, ANewColumnIsAddedWithMarkedRowsThere) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    apply(make_batch(2, changes(20).remove({1}).take()));
    const auto wider = make_table("public.items",
                                  {column("id", TypeKind::int32), column("v", TypeKind::varchar),
                                   column("big", TypeKind::varchar), column("n", TypeKind::int32)},
                                  {"id"});
    apply(make_batch(3, std::move(TableRows(wider).at(30, 30 * kSecond).insert({2, "b", "y", 5})).take()));
    EXPECT_EQ(all("id, v, n"), (Rows{"1|a|NULL|true|20", "2|b|5|false|NULL"}));
}

TEST_F(SoftDelete, ANewCopyMarksWhatItDoesNotHave) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).insert({3, "c", "z"}).take()));
    apply(make_batch(2, changes(20).remove({1}).take()));
    TableRows copy = changes(50);
    copy.snapshot({2, "b2", "y"}).snapshot({4, "d", "w"});
    apply(make_batch(3, SnapshotStart{items(), 50, false, 50 * kSecond}, copy.take(), SnapshotEnd{items()->name}));
    EXPECT_EQ(all(), (Rows{"1|a|x|true|20", "2|b2|y|false|NULL", "3|c|z|true|50", "4|d|w|false|NULL"}));
    reopen();
    apply(make_batch(4, changes(60).insert({1, "again", "x"}).remove({4}).take()));
    EXPECT_EQ(all(), (Rows{"1|again|x|false|NULL", "2|b2|y|false|NULL", "3|c|z|true|50", "4|d|w|true|60"}));
}

TEST_F(SoftDelete, ANewCopyOfAMultisetMarksWhatItHasLessOf) {
    apply(make_batch(1, changes_of_bag(10).insert({1, "x"}).insert({1, "x"}).insert({2, "y"}).take()));
    apply(make_batch(2, changes_of_bag(20).insert({3, "z"}).remove({3, "z"}).take()));
    TableRows copy = changes_of_bag(50);
    copy.snapshot({1, "x"}).snapshot({3, "z"}).snapshot({3, "z"});
    apply(make_batch(3, SnapshotStart{bag(), 50, false, 50 * kSecond}, copy.take(), SnapshotEnd{bag()->name}));
    EXPECT_EQ(all("a, b", "bag"), (Rows{"1|x|false|NULL", "1|x|true|50", "2|y|true|50", "3|z|false|NULL",
                                        "3|z|false|NULL", "3|z|true|20"}));
}

TEST_F(SoftDelete, AHiddenCopyWithChangesOfItsOwnIsMergedWhenItIsShown) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).take()));
    RowBatch copied = changes(50).snapshot({1, "a", "x"}).snapshot({2, "b", "y"}).take();
    copied.hidden = true;
    RowBatch replayed = changes(60).remove({2}).insert({3, "c", "z"}).take();
    replayed.hidden = true;
    apply(make_batch(2, SnapshotStart{items(), 50, true, 50 * kSecond}, std::move(copied)));
    EXPECT_EQ(all(), (Rows{"1|a|x|false|NULL", "2|b|y|false|NULL"}));
    apply(make_batch(3, std::move(replayed)));
    apply(make_batch(4, SnapshotEnd{items()->name}));
    EXPECT_EQ(all(), (Rows{"1|a|x|false|NULL", "2|b|y|true|60", "3|c|z|false|NULL"}));
}

TEST_F(SoftDelete, ANewCopyOfAnotherTypeSetsTheOldColumnAside) {
    const auto with = [](TypeKind kind) {
        return make_table("public.items",
                          {column("id", TypeKind::int32), column("v", kind), column("big", TypeKind::varchar)}, {"id"});
    };
    const auto dated = with(TypeKind::date), numbered = with(TypeKind::int32);
    apply(
        make_batch(1, std::move(TableRows(dated).at(10, 10 * kSecond).insert({1, 1, "x"}).insert({2, 2, "y"})).take()));
    apply(make_batch(2, SnapshotStart{numbered, 50, false, 50 * kSecond},
                     std::move(TableRows(numbered).at(50, 50 * kSecond).snapshot({2, 7, "y"})).take(),
                     SnapshotEnd{items()->name}));
    EXPECT_EQ(all("id, v, v_dropped"), (Rows{"1|NULL|1970-01-02|true|50", "2|7|NULL|false|NULL"}));
}

TEST_F(SoftDelete, ANewCopyOfANarrowerTypeKeepsTheWiderOne) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).take()));
    const auto other = make_table(
        "public.items", {column("id", TypeKind::int32), column("v", TypeKind::int32), column("big", TypeKind::varchar)},
        {"id"});
    apply(make_batch(2, SnapshotStart{other, 50, false, 50 * kSecond},
                     std::move(TableRows(other).at(50, 50 * kSecond).snapshot({2, 7, "y"})).take(),
                     SnapshotEnd{other->name}));
    EXPECT_EQ(all("id, v"), (Rows{"1|a|true|50", "2|7|false|NULL"}));
}

}  // namespace
}  // namespace pintail::duck::testing
