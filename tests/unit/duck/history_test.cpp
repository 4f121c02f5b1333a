// Mode history: every version is a row; docs/modes.md, docs/decisions/0007.
#include "mode_tables.hpp"

namespace pintail::duck::testing {
namespace {

class History : public TargetTest {
protected:
    History() { set_mode(TableMode::history); }

    // In order: the source's columns, op, LSN, and from when to when in seconds.
    Rows all(const std::string& columns = "id, v, big", const std::string& table = "items") {
        return rows("SELECT " + columns +
                    ", _op, _lsn, epoch_us(_valid_from) // 1000000, epoch_us(_valid_to) // 1000000 FROM " + table +
                    " ORDER BY _seq");
    }
    Rows as_of(int second) {
        const std::string at = "make_timestamptz(" + std::to_string(second) + "000000)";
        return rows("SELECT id, v FROM items WHERE _valid_from <= " + at + " AND (_valid_to > " + at +
                    " OR _valid_to IS NULL) ORDER BY ALL");
    }
    TableRows changes(int second) { return std::move(TableRows(items()).at(second, second * kSecond)); }
    TableRows changes_of_bag(int second) { return std::move(TableRows(bag()).at(second, second * kSecond)); }
};

TEST_F(History, EveryVersionIsARow) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).take()));
    apply(make_batch(2, changes(20).update({1, "c", "x"}).take()));
    const ApplyResult result = apply(make_batch(3, changes(30).remove({1}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|x|insert|10|10|20", "2|b|y|insert|10|10|NULL", "1|c|x|update|20|20|30",
                           "1|NULL|NULL|delete|30|30|30"}));
    EXPECT_EQ(result.rows_written, 1u);
    EXPECT_EQ(result.rows_removed, 1u);
    EXPECT_EQ(result.removes_without_row, 0u);
}

TEST_F(History, WhatAQueryAsOfATimeSees) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).take()));
    apply(make_batch(2, changes(20).update({1, "c", "x"}).remove({2}).take()));
    apply(make_batch(3, changes(30).insert({2, "d", "x"}).take()));
    EXPECT_EQ(as_of(9), Rows{});
    EXPECT_EQ(as_of(10), (Rows{"1|a", "2|b"}));
    EXPECT_EQ(as_of(19), (Rows{"1|a", "2|b"}));
    EXPECT_EQ(as_of(20), (Rows{"1|c"}));
    EXPECT_EQ(as_of(30), (Rows{"1|c", "2|d"}));
}

TEST_F(History, VersionsWithinOneTransactionAreAllKeptAndOnlyTheLastIsEverValid) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    apply(make_batch(2,
                     changes(20).update({1, "b", "x"}).update({1, "c", "x"}).remove({1}).insert({1, "d", "x"}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|x|insert|10|10|20", "1|b|x|update|20|20|20", "1|c|x|update|20|20|20",
                           "1|NULL|NULL|delete|20|20|20", "1|d|x|insert|20|20|NULL"}));
    EXPECT_EQ(as_of(20), (Rows{"1|d"}));
}

TEST_F(History, BatchesMakeNoDifference) {
    TableRows one = changes(10);
    one.insert({1, "a", "x"});
    one.at(20, 20 * kSecond).update({1, "b", "x"});
    one.at(30, 30 * kSecond).remove({1});
    apply(make_batch(1, one.take()));
    const Rows together = all();
    close();
    std::filesystem::remove(options().path);
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    apply(make_batch(2, changes(20).update({1, "b", "x"}).take()));
    reopen();
    apply(make_batch(3, changes(30).remove({1}).take()));
    EXPECT_EQ(all(), together);
}

TEST_F(History, ManyRowsAtOnce) {
    TableRows first = changes(10);
    for (int id = 1; id <= 1000; ++id) first.insert({id, "a", "x"});
    apply(make_batch(1, first.take()));
    TableRows second = changes(20);
    for (int id = 1; id <= 1000; ++id) second.update({id, "b", "x"});
    apply(make_batch(2, second.take()));
    EXPECT_EQ(one("SELECT count(*), count(*) FILTER (_valid_to IS NULL AND v = 'b'), count(*) FILTER (v = 'a' AND "
                  "epoch_us(_valid_to) = 20000000), count(DISTINCT _seq) FROM items"),
              "2000|1000|1000|2000");
}

// Few keys and many take different ways; both plans are made while all versions are open.
TEST_F(History, TheOpenVersionIsFoundByPlansThatWereMadeBeforeOthersWereClosed) {
    const auto words =
        make_table("public.words", {column("k", TypeKind::varchar), column("v", TypeKind::int32)}, {"k"});
    constexpr int kKeys = 300;
    const auto update = [&](int second, int keys) {
        TableRows rows(words);
        rows.at(second, second * kSecond);
        for (int key = 0; key < keys; ++key) rows.update({"k" + std::to_string(key), second});
        return rows.take();
    };
    apply(make_batch(1, update(1, kKeys)));
    reopen();  // the statistics are of the file
    for (int second = 2; second < 6; ++second) {
        apply(make_batch(2 * second, update(2 * second, kKeys)));
        apply(make_batch(2 * second + 1, update(2 * second + 1, 1)));
        ASSERT_EQ(one("SELECT count(*), count(DISTINCT k) FROM words WHERE _valid_to IS NULL"), "300|300");
    }
}

TEST_F(History, ADeleteOfWhatIsNotThereIsReported) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    EXPECT_EQ(apply(make_batch(2, changes(20).remove({7}).remove({1}).take())).removes_without_row, 1u);
    EXPECT_EQ(apply(make_batch(3, changes(30).remove({1}).take())).removes_without_row, 1u);
}

TEST_F(History, AVersionNeverEndsBeforeItBegan) {
    apply(make_batch(1, changes(20).insert({1, "a", "x"}).take()));
    TableRows rows = std::move(TableRows(items()).at(30, 10 * kSecond));  // the source's clock was set back
    apply(make_batch(2, rows.update({1, "b", "x"}).update({1, "c", "x"}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|x|insert|20|20|20", "1|b|x|update|30|20|20", "1|c|x|update|30|20|NULL"}));
    EXPECT_EQ(one("SELECT epoch_us(_commit_time) // 1000000 FROM items WHERE v = 'c'"), "10");
}

TEST_F(History, AChangedKeyIsADeleteAndAnInsertOnBothPaths) {
    apply(make_batch(1, changes(10).insert({1, "a", "big"}).insert({2, "b", "big two"}).take()));
    apply(make_batch(2, changes(20)
                            .change_key({1}, {10, "c", Unchanged{}}, Op::update)
                            .change_key({2}, {1, "d", Unchanged{}}, Op::insert)
                            .take()));
    EXPECT_EQ(all(),
              (Rows{"1|a|big|insert|10|10|20", "2|b|big two|insert|10|10|20", "1|NULL|NULL|delete|20|20|20",
                    "10|c|big|insert|20|20|NULL", "2|NULL|NULL|delete|20|20|20", "1|d|big two|insert|20|20|NULL"}));
}

TEST_F(History, UnchangedCellsComeFromTheVersionBefore) {
    apply(make_batch(1, changes(10).insert({1, "a", "big one"}).insert({2, "b", "big two"}).take()));
    apply(make_batch(2, changes(20)
                            .update({1, "b", Unchanged{}})
                            .update({1, "c", Unchanged{}})
                            .update({1, "d", "short"})
                            .update({1, "e", Unchanged{}})
                            .take()));
    apply(make_batch(3, changes(30).update({2, "c", Unchanged{}}).take()));
    apply(make_batch(
        4, changes(40).update({2, "d", Unchanged{}}).insert({3, "n", "big"}).update({3, "o", Unchanged{}}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|big one|insert|10|10|20", "2|b|big two|insert|10|10|30", "1|b|big one|update|20|20|20",
                           "1|c|big one|update|20|20|20", "1|d|short|update|20|20|20", "1|e|short|update|20|20|NULL",
                           "2|c|big two|update|30|30|40", "2|d|big two|update|40|40|NULL", "3|n|big|insert|40|40|40",
                           "3|o|big|update|40|40|NULL"}));
}

TEST_F(History, WithoutAVersionBeforeUnchangedCellsGoToQuarantine) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    apply(make_batch(2, changes(20).remove({1}).take()));
    EXPECT_EQ(apply(make_batch(3, changes(30).update({1, "b", Unchanged{}}).update({7, "c", Unchanged{}}).take()))
                  .rows_quarantined,
              2u);
    EXPECT_EQ(all(), (Rows{"1|a|x|insert|10|10|20", "1|NULL|NULL|delete|20|20|20"}));
}

TEST_F(History, ATruncateClosesAllThatIsOpen) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).take()));
    apply(make_batch(2, changes(20).remove({1}).take()));
    apply(make_batch(3, Truncate{items(), false, {30, 30 * kSecond}}, changes(40).insert({2, "c", "z"}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|x|insert|10|10|20", "2|b|y|insert|10|10|30", "1|NULL|NULL|delete|20|20|20",
                           "NULL|NULL|NULL|truncate|30|30|30", "2|c|z|insert|40|40|NULL"}));
}

TEST_F(History, OfAMultisetARemoveClosesOneEqualVersion) {
    apply(make_batch(1, changes_of_bag(10).insert({1, "x"}).insert({1, "x"}).insert({1, "x"}).take()));
    TableRows rows = changes_of_bag(20);
    rows.remove({1, "x"});
    rows.at(30, 30 * kSecond).remove({1, "x"}).insert({2, "y"}).remove({2, "y"}).remove({9, "never"});
    EXPECT_EQ(apply(make_batch(2, rows.take())).removes_without_row, 1u);
    EXPECT_EQ(all("a, b", "bag"),
              (Rows{"1|x|insert|10|10|20", "1|x|insert|10|10|30", "1|x|insert|10|10|NULL", "1|x|delete|20|20|20",
                    "1|x|delete|30|30|30", "2|y|insert|30|30|30", "2|y|delete|30|30|30", "9|never|delete|30|30|30"}));
}

TEST_F(History, ANewColumnIsAddedWithVersionsThere) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    apply(make_batch(2, changes(20).update({1, "b", "x"}).take()));
    const auto wider = make_table("public.items",
                                  {column("id", TypeKind::int32), column("v", TypeKind::varchar),
                                   column("big", TypeKind::varchar), column("n", TypeKind::int32)},
                                  {"id"});
    // And once more within a transaction that has changed the table: it is made anew.
    apply(make_batch(3, changes(30).update({1, "c", "x"}).take(),
                     std::move(TableRows(wider).at(30, 30 * kSecond).update({1, "d", "x", 5})).take()));
    EXPECT_EQ(all("id, v, n"), (Rows{"1|a|NULL|insert|10|10|20", "1|b|NULL|update|20|20|30", "1|c|NULL|update|30|30|30",
                                     "1|d|5|update|30|30|NULL"}));
    reopen();
    apply(make_batch(4, std::move(TableRows(wider).at(40, 40 * kSecond).remove({1})).take()));
    EXPECT_EQ(one("SELECT count(*) FROM items WHERE _valid_to IS NULL"), "0");
}

// A copy of the whole table, in a shadow, while versions are there.
TEST_F(History, ANewCopyAddsWhatDiffersAndKeepsWhatWas) {
    apply(make_batch(1, changes(10)
                            .insert({1, "same", "x"})
                            .insert({2, "b", "y"})
                            .insert({3, "gone", "z"})
                            .insert({5, "e", "e"})
                            .take()));
    apply(make_batch(2, changes(20).update({2, "c", "y"}).remove({5}).take()));
    TableRows copy = changes(50);
    copy.snapshot({1, "same", "x"}).snapshot({2, "changed", "y"}).snapshot({4, "new", "w"});
    apply(make_batch(3, SnapshotStart{items(), 50, false, 50 * kSecond}, copy.take(), SnapshotEnd{items()->name}));
    EXPECT_EQ(all(),
              (Rows{"1|same|x|insert|10|10|NULL", "2|b|y|insert|10|10|20", "3|gone|z|insert|10|10|50",
                    "5|e|e|insert|10|10|20", "2|c|y|update|20|20|50", "5|NULL|NULL|delete|20|20|20",
                    "3|NULL|NULL|delete|50|50|50", "2|changed|y|snapshot|50|50|NULL", "4|new|w|snapshot|50|50|NULL"}));
    reopen();
    apply(make_batch(4, changes(60).update({1, "now", "x"}).insert({3, "back", "z"}).take()));
    EXPECT_EQ(as_of(60), (Rows{"1|now", "2|changed", "3|back", "4|new"}));
    EXPECT_EQ(one("SELECT count(*), count(DISTINCT _seq) FROM items"), "11|11");
}

TEST_F(History, AHiddenCopyWithChangesOfItsOwnIsMergedWhenItIsShown) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).insert({3, "c", "z"}).take()));
    RowBatch copied = changes(50).snapshot({1, "a", "x"}).snapshot({2, "b2", "y"}).snapshot({4, "d", "w"}).take();
    copied.hidden = true;
    RowBatch replayed = changes(60).update({1, "a2", Unchanged{}}).update({2, "b3", Unchanged{}}).remove({4}).take();
    replayed.hidden = true;
    apply(make_batch(2, SnapshotStart{items(), 50, true, 50 * kSecond}, std::move(copied)));
    apply(make_batch(3, std::move(replayed)));
    EXPECT_EQ(as_of(100), (Rows{"1|a", "2|b", "3|c"})) << "shown too early";
    apply(make_batch(4, SnapshotEnd{items()->name}));
    EXPECT_EQ(as_of(10), (Rows{"1|a", "2|b", "3|c"}));
    EXPECT_EQ(as_of(50), (Rows{"1|a", "2|b2", "4|d"}));
    EXPECT_EQ(as_of(60), (Rows{"1|a2", "2|b3"}));
    EXPECT_EQ(one("SELECT count(*) FROM items WHERE id = 1"), "2") << "the copy of an unchanged row is no version";
    EXPECT_EQ(one("SELECT big FROM items WHERE id = 1 AND _valid_to IS NULL"), "x");
}

// Debezium's incremental snapshots bring rows into the table itself, among changes.
TEST_F(History, ARowThatIsReadAgainIsAVersionOnlyWhenItDiffers) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).insert({2, "b", "y"}).insert({3, "c", Null{}}).take()));
    TableRows rows = std::move(TableRows(items())
                                   .at(0, 20 * kSecond)
                                   .snapshot({1, "a", "x"})
                                   .snapshot({2, "differs", "y"})
                                   .snapshot({3, "c", Null{}})
                                   .snapshot({4, "new", "w"}));
    rows.at(30, 30 * kSecond).update({3, "d", Unchanged{}});
    apply(make_batch(2, rows.take()));
    EXPECT_EQ(all(), (Rows{"1|a|x|insert|10|10|NULL", "2|b|y|insert|10|10|20", "3|c|NULL|insert|10|10|30",
                           "2|differs|y|snapshot|NULL|20|NULL", "4|new|w|snapshot|NULL|20|NULL",
                           "3|d|NULL|update|30|30|NULL"}));
}

TEST_F(History, TheFirstCopyIsVersionsOfItsPoint) {
    RowBatch copied = changes(50).snapshot({1, "a", "x"}).take();
    copied.hidden = true;
    apply(make_batch(1, SnapshotStart{items(), 50, true, 50 * kSecond}, std::move(copied)));
    apply(make_batch(2, SnapshotEnd{items()->name}));
    apply(make_batch(3, changes(60).update({1, "b", "x"}).take()));
    EXPECT_EQ(all(), (Rows{"1|a|x|snapshot|50|50|60", "1|b|x|update|60|60|NULL"}));
}

TEST_F(History, ANewCopyOfAMultisetAddsTheDifferenceInNumbers) {
    apply(make_batch(1,
                     changes_of_bag(10).insert({1, "x"}).insert({1, "x"}).insert({1, "x"}).insert({2, Null{}}).take()));
    TableRows copy = changes_of_bag(50);
    copy.snapshot({1, "x"}).snapshot({1, "x"}).snapshot({2, Null{}}).snapshot({2, Null{}});
    apply(make_batch(2, SnapshotStart{bag(), 50, false, 50 * kSecond}, copy.take(), SnapshotEnd{bag()->name}));
    EXPECT_EQ(all("a, b", "bag"),
              (Rows{"1|x|insert|10|10|NULL", "1|x|insert|10|10|NULL", "1|x|insert|10|10|50", "2|NULL|insert|10|10|NULL",
                    "1|x|delete|50|50|50", "2|NULL|snapshot|50|50|NULL"}));
}

TEST_F(History, ANewCopyOfAnotherTypeSetsTheOldColumnAside) {
    const auto with = [](TypeKind kind) {
        return make_table("public.items",
                          {column("id", TypeKind::int32), column("v", kind), column("big", TypeKind::varchar)}, {"id"});
    };
    const auto dated = with(TypeKind::date), numbered = with(TypeKind::int32);
    apply(make_batch(1, std::move(TableRows(dated).at(10, 10 * kSecond).insert({1, 1, "x"})).take()));
    apply(make_batch(2, SnapshotStart{numbered, 50, false, 50 * kSecond},
                     std::move(TableRows(numbered).at(50, 50 * kSecond).snapshot({1, 7, "x"})).take(),
                     SnapshotEnd{items()->name}));
    EXPECT_EQ(all("id, v, v_dropped"), (Rows{"1|NULL|1970-01-02|insert|10|10|50", "1|7|NULL|snapshot|50|50|NULL"}));
}

TEST_F(History, ACopyThatIsCutLeavesTheHistoryAsItWas) {
    apply(make_batch(1, changes(10).insert({1, "a", "x"}).take()));
    RowBatch copied = changes(50).snapshot({2, "b", "x"}).take();
    copied.hidden = true;
    apply(make_batch(2, SnapshotStart{items(), 50, true, 50 * kSecond}, std::move(copied)));
    reopen();
    apply(make_batch(3, SnapshotDue{items()->name}));
    EXPECT_EQ(all(), (Rows{"1|a|x|insert|10|10|NULL"}));
}

}  // namespace
}  // namespace pintail::duck::testing
