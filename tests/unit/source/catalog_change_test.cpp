// What is derived from two looks at the catalog, and what asks for a copy.
#include "source/catalog_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pintail::source {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kTable = 16384, kInt = 23, kLong = 20, kText = 25, kVarchar = 1043;

CatalogColumn column(int16_t attnum, const std::string& name, uint32_t type = kInt) {
    return {attnum, name, type, -1, false, 700, {}};
}

class CatalogChangeTest : public ::testing::Test {
protected:
    CatalogChangeTest() {
        before.oid = kTable;
        before.name = {"public", "t"};
        before.columns = {column(1, "id"), column(2, "a", kVarchar), column(3, "b")};
        before.last_attnum = 3;
        before.key = {"id"};
        before.key_index = 16390;
        before.members = {{kTable, {16384, false}}};
        now = before;
    }
    // As ALTER TABLE leaves it.
    CatalogColumn& written(size_t index) {
        now.columns[index].xid = 800;
        return now.columns[index];
    }
    void rewrite() { now.members[kTable].file = 17000; }
    std::string copy_because() const { return compare_entries(before, now).copy_because; }
    bool reshaped() const { return compare_entries(before, now).reshaped; }

    CatalogEntry before;
    CatalogEntry now;
};

TEST_F(CatalogChangeTest, NothingIsNothing) {
    EXPECT_FALSE(reshaped());
    EXPECT_THAT(copy_because(), IsEmpty());
}

TEST_F(CatalogChangeTest, NamesMayChangePlaces) {
    written(1).name = "b";
    written(2).name = "a";
    const CatalogChange change = compare_entries(before, now);
    ASSERT_EQ(change.renamed.size(), 2u);
    EXPECT_EQ(change.renamed[0].from + change.renamed[0].to + change.renamed[1].from + change.renamed[1].to, "abba");
    EXPECT_TRUE(change.reshaped);
    EXPECT_THAT(change.copy_because, IsEmpty());
}

TEST_F(CatalogChangeTest, ARenamedKeyIsTheSameKey) {
    written(0).name = "number";
    now.key = {"number"};
    EXPECT_THAT(copy_because(), IsEmpty());
    EXPECT_EQ(compare_entries(before, now).renamed.size(), 1u);
}

TEST_F(CatalogChangeTest, AColumnThatWasDroppedAndMadeAnewIsAnotherOne) {
    now.columns[2] = column(4, "b", kText);
    now.last_attnum = 4;
    EXPECT_EQ(compare_entries(before, now).dropped, (std::vector<std::string>{"b"}));
    EXPECT_THAT(compare_entries(before, now).renamed, IsEmpty());
    EXPECT_THAT(copy_because(), IsEmpty());
    now.columns[2].type = kInt;  // rows for the new one look as those for the old one
    EXPECT_THAT(copy_because(), HasSubstr("made anew"));
}

TEST_F(CatalogChangeTest, AnOlderColumnThatIsPublishedNowHasValuesThatNobodySent) {
    before.columns.pop_back();
    EXPECT_THAT(copy_because(), HasSubstr("not published before"));
}

TEST_F(CatalogChangeTest, PartitionsThatDifferInANewColumn) {
    now.columns.push_back(column(4, "c"));
    now.columns.back().missing = {"5"};
    EXPECT_THAT(copy_because(), IsEmpty());
    now.columns.back().missing.push_back(std::nullopt);
    EXPECT_THAT(copy_because(), HasSubstr("differ"));
}

TEST_F(CatalogChangeTest, AnotherTypeWithoutARewriteKeepsTheValuesOfTexts) {
    written(1).type = kText;
    EXPECT_TRUE(reshaped());
    EXPECT_THAT(copy_because(), IsEmpty());
    written(2).type = kLong;
    EXPECT_THAT(copy_because(), HasSubstr("another type"));
}

TEST_F(CatalogChangeTest, ARewriteMayHaveChangedEveryValue) {
    rewrite();
    EXPECT_THAT(copy_because(), IsEmpty());  // VACUUM FULL, CLUSTER, TRUNCATE
    written(1);                              // USING, without another type
    EXPECT_THAT(copy_because(), HasSubstr("rewritten"));
}

TEST_F(CatalogChangeTest, ARewrittenPartitionMayHaveBeenTruncated) {
    before.members[17] = {17, true};
    now.members[17] = {18, true};
    EXPECT_THAT(copy_because(), HasSubstr("truncated"));
}

TEST_F(CatalogChangeTest, OnlyAPartitionThatWasBornBringsNoRows) {
    now.members[17] = {17, true};
    EXPECT_THAT(copy_because(), IsEmpty());
    now.members[18] = {18, false};
    EXPECT_THAT(copy_because(), HasSubstr("attached"));
    now.members = {};
    EXPECT_THAT(copy_because(), HasSubstr("detached"));
}

TEST_F(CatalogChangeTest, APartitionThatWasAwayMayHaveChangedMeanwhile) {
    before.members[17] = {17, false, 700};
    now.members[17] = {17, false, 700};
    EXPECT_THAT(copy_because(), IsEmpty());
    now.members[17].joined = 701;
    EXPECT_THAT(copy_because(), HasSubstr("attached again"));
    before.members[17].joined = 0;  // of a version that did not keep it
    EXPECT_THAT(copy_because(), IsEmpty());
}

TEST_F(CatalogChangeTest, ARenamedEnumValueChangesRowsAnAddedOneDoesNot) {
    before.labels = now.labels = {{1, "sad"}};
    now.labels[2] = "ok";
    EXPECT_THAT(copy_because(), IsEmpty());
    now.labels[1] = "blue";
    EXPECT_THAT(copy_because(), HasSubstr("sad was renamed to blue"));
}

TEST_F(CatalogChangeTest, WhatTheStreamDidNotHave) {
    before.updates = false;
    EXPECT_THAT(copy_because(), HasSubstr("UPDATE"));
    before.updates = true;
    now.filter = "id > 5";
    EXPECT_THAT(copy_because(), HasSubstr("row filter"));
}

TEST_F(CatalogChangeTest, AWayThatWasAwayMayHaveLeftChangesOut) {
    before.ways = {"16500/700 table 16501/701"};
    now.ways = {"16500/700 table 16501/701", "16600/750 all"};  // another one takes nothing away
    EXPECT_THAT(copy_because(), IsEmpty());
    now.ways = {"16500/700 table 16502/800"};  // taken out and in again
    EXPECT_THAT(copy_because(), HasSubstr("publication was altered"));
    now.ways = {"16500/800 table 16501/701"};  // other options, and back
    EXPECT_THAT(copy_because(), HasSubstr("publication was altered"));
}

TEST_F(CatalogChangeTest, WaysThatWereNotKeptProveNothingAndThoseThatWereNotThereDo) {
    now.ways = {"16500/700 table 16501/701"};
    EXPECT_THAT(copy_because(), IsEmpty());
    before.ways = std::set<std::string>();  // published since its snapshot only
    EXPECT_THAT(copy_because(), HasSubstr("publication was altered"));
}

TEST_F(CatalogChangeTest, AnotherKeyIsDerived) {
    now.key = {"b"};
    EXPECT_TRUE(reshaped());
    now.key = before.key;
    now.key_index = 16391;  // keys may have stood twice in between
    EXPECT_TRUE(reshaped());
    EXPECT_THAT(copy_because(), IsEmpty());
}

TEST_F(CatalogChangeTest, ALaterTransactionOfTheCatalogProvesNothing) {
    written(1).name = "c";
    EXPECT_TRUE(is_ahead(before, now, 799));
    EXPECT_FALSE(is_ahead(before, now, 800));
    EXPECT_FALSE(is_ahead(before, before, 1));  // what was known already is no news
    now.columns[1].xid = 0xFFFFFFF0;            // xids go round
    EXPECT_FALSE(is_ahead(before, now, 5));
}

}  // namespace
}  // namespace pintail::source
