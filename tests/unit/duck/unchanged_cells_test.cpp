// Unchanged-TOAST cells, key chains and swaps: docs/correctness.md, "Origin keys".
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

SchemaPointer docs() {
    static const SchemaPointer table =
        make_table("public.docs",
                   {column("id", TypeKind::int32), column("title", TypeKind::varchar),
                    column("body", TypeKind::varchar), column("extra", TypeKind::varchar)},
                   {"id"});
    return table;
}

class UnchangedCells : public TargetTest {
protected:
    Rows all() { return rows("SELECT * FROM docs ORDER BY id"); }
    ApplyResult change(TableRows& changes) { return apply(make_batch(++offset_, changes.take())); }
    ApplyResult change(TableRows&& changes) { return change(changes); }
    void given_two() {
        change(TableRows(docs()).insert({1, "one", "body 1", "x1"}).insert({2, "two", "body 2", "x2"}));
    }

    int64_t offset_ = 0;
};

TEST_F(UnchangedCells, StayAsTheyAreInTheTarget) {
    given_two();
    change(TableRows(docs()).update({1, "uno", Unchanged{}, "y1"}).update({2, "due", Unchanged{}, Unchanged{}}));
    EXPECT_EQ(all(), (Rows{"1|uno|body 1|y1", "2|due|body 2|x2"}));
}

TEST_F(UnchangedCells, ComeFromAnInsertOfTheSameBatch) {
    change(TableRows(docs()).insert({1, "one", "body 1", "x1"}).update({1, "uno", Unchanged{}, Unchanged{}}));
    EXPECT_EQ(all(), (Rows{"1|uno|body 1|x1"}));
}

TEST_F(UnchangedCells, ComeFromTheLastImageThatHasThem) {
    given_two();
    change(TableRows(docs())
               .update({1, "a", "new body", Unchanged{}})
               .update({1, "b", Unchanged{}, "x"})
               .update({1, "c", Unchanged{}, Unchanged{}}));
    EXPECT_EQ(all(), (Rows{"1|c|new body|x", "2|two|body 2|x2"}));
}

TEST_F(UnchangedCells, FollowAKeyChange) {
    given_two();
    change(TableRows(docs()).change_key({1}, {7, "seven", Unchanged{}, Unchanged{}}, Op::insert));
    EXPECT_EQ(all(), (Rows{"2|two|body 2|x2", "7|seven|body 1|x1"}));
}

TEST_F(UnchangedCells, FollowAChainOfKeysInOneBatch) {
    given_two();
    change(TableRows(docs())
               .remove({2})
               .change_key({1}, {2, "a", Unchanged{}, "z"})
               .change_key({2}, {3, "b", Unchanged{}, Unchanged{}}));
    EXPECT_EQ(all(), (Rows{"3|b|body 1|z"}));
}

TEST_F(UnchangedCells, FollowAChainOfKeysAcrossBatches) {
    given_two();
    change(TableRows(docs()).remove({2}).change_key({1}, {2, "a", Unchanged{}, Unchanged{}}));
    change(TableRows(docs()).change_key({2}, {3, "b", Unchanged{}, Unchanged{}}));
    EXPECT_EQ(all(), (Rows{"3|b|body 1|x1"}));
}

TEST_F(UnchangedCells, SurviveASwapThroughAThirdKey) {
    given_two();
    change(TableRows(docs())
               .change_key({1}, {-1, "one", Unchanged{}, Unchanged{}})
               .change_key({2}, {1, "two", Unchanged{}, Unchanged{}})
               .change_key({-1}, {2, "one", Unchanged{}, Unchanged{}}));
    EXPECT_EQ(all(), (Rows{"1|two|body 2|x2", "2|one|body 1|x1"}));
}

TEST_F(UnchangedCells, SurviveASwapWhoseRemovesComeFirst) {
    given_two();
    TableRows swap(docs());
    swap.remove({1})
        .remove({2})
        .rekeyed(0, {2, "one", Unchanged{}, "y1"})
        .rekeyed(1, {1, "two", Unchanged{}, Unchanged{}});
    change(swap);
    EXPECT_EQ(all(), (Rows{"1|two|body 2|x2", "2|one|body 1|y1"}));
}

TEST_F(UnchangedCells, SurviveASwapAcrossBatches) {
    given_two();
    change(TableRows(docs()).change_key({1}, {-1, "one", Unchanged{}, Unchanged{}}));
    change(TableRows(docs()).change_key({2}, {1, "two", Unchanged{}, Unchanged{}}));
    change(TableRows(docs()).change_key({-1}, {2, "one", Unchanged{}, Unchanged{}}));
    EXPECT_EQ(all(), (Rows{"1|two|body 2|x2", "2|one|body 1|x1"}));
}

TEST_F(UnchangedCells, MakeRoomUnderTheOldKey) {
    given_two();
    change(TableRows(docs()).change_key({1}, {9, "nine", Unchanged{}, Unchanged{}}).insert({1, "new one", "b", "x"}));
    EXPECT_EQ(all(), (Rows{"1|new one|b|x", "2|two|body 2|x2", "9|nine|body 1|x1"}));
}

TEST_F(UnchangedCells, OfARowThatGoesInTheEndAreNotMissed) {
    given_two();
    const ApplyResult result =
        change(TableRows(docs()).change_key({1}, {5, "five", Unchanged{}, Unchanged{}}).remove({5}));
    EXPECT_EQ(all(), (Rows{"2|two|body 2|x2"}));
    EXPECT_EQ(result.removes_without_row, 0u);
}

TEST_F(UnchangedCells, WithoutAnOldRowGoToQuarantineAndNeverBecomeNull) {
    given_two();
    const ApplyResult result =
        change(TableRows(docs()).update({3, "three", Unchanged{}, "x3"}).update({1, "uno", Unchanged{}, "x1"}));
    EXPECT_EQ(result.rows_quarantined, 1u);
    EXPECT_EQ(all(), (Rows{"1|uno|body 1|x1", "2|two|body 2|x2"}));
    EXPECT_EQ(one("SELECT table_name, decode(value) FROM pintail.quarantine"),
              R"(public.docs|{"id":3,"title":"three","extra":"x3"})");
}

TEST_F(UnchangedCells, OfARowRemovedBeforeGoToQuarantine) {
    given_two();
    const ApplyResult result = change(TableRows(docs()).remove({1}).update({1, "uno", Unchanged{}, "x1"}));
    EXPECT_EQ(result.rows_quarantined, 1u);
    EXPECT_EQ(all(), (Rows{"2|two|body 2|x2"}));
}

TEST_F(UnchangedCells, WorkWithATextKeyOfTwoColumns) {
    const auto table =
        make_table("public.pairs",
                   {column("a", TypeKind::varchar), column("b", TypeKind::varchar), column("body", TypeKind::varchar)},
                   {"b", "a"});
    apply(make_batch(1, TableRows(table)
                            .insert({"a long enough first key", "k", "one"})
                            .insert({"a long enough first key", "l", "two"})
                            .take()));
    apply(make_batch(2, TableRows(table)
                            .change_key({"k", "a long enough first key"}, {"other", "k", Unchanged{}})
                            .update({"a long enough first key", "l", Unchanged{}})
                            .take()));
    EXPECT_EQ(rows("SELECT * FROM pairs ORDER BY ALL"), (Rows{"a long enough first key|l|two", "other|k|one"}));
}

TEST_F(UnchangedCells, OfListsStayToo) {
    const auto table = make_table(
        "public.lists",
        {column("id", TypeKind::int32), column("n", TypeKind::int32), column("tags", list_of({TypeKind::varchar}))},
        {"id"});
    apply(make_batch(1, TableRows(table).insert({1, 1, List{{"a", "b"}}}).insert({2, 2, List{{}}}).take()));
    apply(make_batch(2, TableRows(table).update({1, 10, Unchanged{}}).update({2, 20, List{{"c"}}}).take()));
    EXPECT_EQ(rows("SELECT * FROM lists ORDER BY id"), (Rows{"1|10|[a, b]", "2|20|[c]"}));
}

}  // namespace
}  // namespace pintail::duck::testing
