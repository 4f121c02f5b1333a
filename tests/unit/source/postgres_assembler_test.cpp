#include "source/postgres_assembler.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pintail::source {
namespace {

using namespace std::string_literals;
using Taken = PostgresAssembler::Taken;

constexpr uint32_t kTable = 16384;
constexpr uint32_t kOther = 16385;

std::string be(uint64_t value, int bytes) {
    std::string out;
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
    return out;
}

std::string begin(uint64_t commit_lsn) {
    return "B" + be(commit_lsn, 8) + be(0, 8) + be(700, 4);
}

std::string commit(uint64_t commit_lsn) {
    return "C\0"s + be(commit_lsn, 8) + be(commit_lsn + 8, 8) + be(0, 8);
}

uint32_t type_of(const std::string& column) {
    return column == "price" ? 1700 : 23;
}

// Columns of type int4, "price" of numeric(6,2); the first is the key.
std::string relation(const std::vector<std::string>& columns, uint32_t id = kTable) {
    std::string out = "R" + be(id, 4) + (id == kTable ? "public\0t\0d"s : "public\0other\0d"s) + be(columns.size(), 2);
    for (const std::string& column : columns)
        out += be(&column == &columns[0], 1) + column + '\0' + be(type_of(column), 4) + be(~0u, 4);
    return out;
}

std::string insert(const std::vector<std::string>& values, uint32_t id = kTable) {
    std::string out = "I" + be(id, 4) + "N" + be(values.size(), 2);
    for (const std::string& value : values) out += "t" + be(value.size(), 4) + value;
    return out;
}

// The catalog as it is now, by relation; rows from before a column have 7 in it, NaN in "price".
std::map<uint32_t, std::shared_ptr<CatalogEntry>>& catalog_now() {
    static std::map<uint32_t, std::shared_ptr<CatalogEntry>> entries;
    return entries;
}

std::shared_ptr<const CatalogEntry> entry(uint32_t id) {
    const auto found = catalog_now().find(id);
    return found == catalog_now().end() ? nullptr : std::make_shared<CatalogEntry>(*found->second);
}

// `columns`: by attnum from 1 on; an empty name is a column that was dropped.
void catalog_has(const std::vector<std::string>& columns, uint32_t id = kTable, uint32_t xid = 700) {
    auto entry = std::make_shared<CatalogEntry>();
    entry->oid = id;
    entry->name = {"public", id == kTable ? "t" : "other"};
    for (size_t i = 0; i < columns.size(); ++i) {
        if (!columns[i].empty())
            entry->columns.push_back({static_cast<int16_t>(i + 1),
                                      columns[i],
                                      type_of(columns[i]),
                                      -1,
                                      false,
                                      xid,
                                      {columns[i] == "price" ? "NaN" : "7"}});
    }
    entry->last_attnum = static_cast<int16_t>(columns.size());
    entry->key = {columns[0]};
    entry->members = {{id, {1, false}}};
    entry->text = fmt::format("{} {}", id, fmt::join(columns, " "));
    catalog_now()[id] = entry;
}

CatalogAnswers answers() {
    CatalogAnswers catalog;
    catalog.type = [](uint32_t oid, int32_t) {
        if (oid == 1700) return SourceType{"numeric", "b", ((6 << 16) | 2) + 4, false, "numeric(6,2)"};
        return SourceType{"int4", "b", -1, false, "integer"};
    };
    catalog.wanted = [](const TableName&) { return true; };
    catalog.entry = [](uint32_t id) { return entry(id); };
    return catalog;
}

class PostgresAssemblerTest : public ::testing::Test {
protected:
    PostgresAssemblerTest() {
        catalog_now().clear();
        catalog_has({"id"});
        catalog_has({"id"}, kOther);
        assembler.follow({"public", "t"}, Lsn{100});
    }

    void add(const std::vector<std::string>& messages) {
        for (const auto& message : messages) ASSERT_EQ(assembler.add(message), Taken::yes);
    }
    static const RowBatch& rows(const Batch& batch, size_t step = 0) {
        return std::get<RowBatch>(batch.steps.at(step));
    }

    PostgresAssembler assembler{answers()};
};

TEST_F(PostgresAssemblerTest, ACopyHoldsWhatWasCommittedBeforeIt) {
    add({begin(99), relation({"id"}), insert({"1"}), commit(99)});
    EXPECT_TRUE(assembler.empty());
    add({begin(100), insert({"2"}), commit(100)});
    EXPECT_EQ(assembler.committed().value, 108u);
    const Batch batch = assembler.take();
    ASSERT_EQ(batch.rows, 1u);
    EXPECT_EQ(rows(batch).columns[0].at<int32_t>(0), 2);
    EXPECT_FALSE(batch.transaction_continues);
}

TEST_F(PostgresAssemblerTest, TablesThatNobodyWantsLeaveNothing) {
    PostgresAssembler other(answers());
    for (const auto& message : {begin(200), relation({"id"}), insert({"1"}), commit(200)})
        EXPECT_EQ(other.add(message), Taken::yes);
    EXPECT_TRUE(other.empty());
    EXPECT_EQ(other.committed().value, 208u);
}

TEST_F(PostgresAssemblerTest, PartsOfATransactionAreMarkedAndEndWithABatch) {
    add({begin(200), relation({"id"}), insert({"1"})});
    EXPECT_TRUE(assembler.take().transaction_continues);
    add({commit(200)});
    EXPECT_TRUE(assembler.ends_parts());
    EXPECT_FALSE(assembler.empty());
    const Batch last = assembler.take();
    EXPECT_FALSE(last.transaction_continues);
    EXPECT_TRUE(last.steps.empty());
    EXPECT_TRUE(assembler.empty());
}

TEST_F(PostgresAssemblerTest, ANewShapeClosesTheBatchAtTheCommitBefore) {
    add({begin(200), relation({"id"}), insert({"1"}), commit(200), begin(300)});
    catalog_has({"id", "b"});
    EXPECT_EQ(assembler.add(relation({"id", "b"})), Taken::close_first);
    const Batch before = assembler.take();
    EXPECT_EQ(before.rows, 1u);
    EXPECT_FALSE(before.transaction_continues);
    add({relation({"id", "b"}), insert({"2", "3"}), commit(300)});
    const Batch after = assembler.take();
    EXPECT_TRUE(std::holds_alternative<Reshape>(after.steps.at(0)));
    EXPECT_TRUE(std::holds_alternative<CatalogNote>(after.steps.at(1)));
    const ColumnSchema& added = rows(after, 2).schema->columns.at(1);
    ASSERT_NE(added.default_cell, nullptr);
    EXPECT_EQ(added.default_cell->at<int32_t>(0), 7);
}

TEST_F(PostgresAssemblerTest, ANewShapeBehindOtherRowsOfItsTransactionRewindsToTheCommitBefore) {
    assembler.follow({"public", "other"}, Lsn{100});
    add({begin(200), relation({"id"}), insert({"1"}), commit(200), begin(300), relation({"id"}, kOther),
         insert({"2"}, kOther)});
    EXPECT_EQ(assembler.add(relation({"id", "b"})), Taken::rewind);
    const Batch before = assembler.take_committed();
    ASSERT_EQ(before.rows, 1u);
    ASSERT_EQ(before.steps.size(), 1u);
    EXPECT_EQ(rows(before).rows(), 1u);
    EXPECT_EQ(assembler.committed().value, 208u);
}

TEST_F(PostgresAssemblerTest, RowsThenDdlInOneTransactionStandInOneBatch) {
    add({begin(200), relation({"id"}), insert({"1"}), commit(200)});
    catalog_has({"id", "b"});
    add({begin(300), insert({"2"}), relation({"id", "b"}), insert({"3", "4"}), commit(300)});
    EXPECT_FALSE(assembler.has_unproven());
    const Batch batch = assembler.take();
    ASSERT_EQ(batch.steps.size(), 4u);
    EXPECT_EQ(rows(batch, 0).rows(), 2u);
    EXPECT_EQ(rows(batch, 3).rows(), 1u);
    EXPECT_NE(rows(batch, 3).schema->columns.at(1).default_cell, nullptr);
}

TEST_F(PostgresAssemblerTest, RowsThenDdlInPartsOfOneTransaction) {
    add({begin(200), relation({"id"}), insert({"1"})});
    EXPECT_TRUE(assembler.take().transaction_continues);
    catalog_has({"id", "b"});
    add({relation({"id", "b"}), insert({"2", "3"}), commit(200)});
    EXPECT_FALSE(assembler.has_unproven());
    EXPECT_EQ(assembler.take().rows, 1u);
}

TEST_F(PostgresAssemblerTest, ARenamedColumnIsTheSameColumn) {
    catalog_has({"id", "a"});
    add({begin(200), relation({"id", "a"}), insert({"1", "2"}), commit(200)});
    assembler.take();
    catalog_has({"id", "b"});
    add({begin(300), relation({"id", "b"}), insert({"2", "3"}), commit(300)});
    EXPECT_FALSE(assembler.has_unproven());
    const Batch batch = assembler.take();
    const auto& reshape = std::get<Reshape>(batch.steps.at(0));
    ASSERT_EQ(reshape.renamed.size(), 1u);
    EXPECT_EQ(reshape.renamed[0].from + reshape.renamed[0].to, "ab");
}

// The catalog has moved on: of what was announced it says nothing, or says it by chance.
TEST_F(PostgresAssemblerTest, ACatalogThatIsAheadProvesNothing) {
    catalog_has({"id", "a"});
    add({begin(200), relation({"id", "a"}), insert({"1", "2"}), commit(200)});
    assembler.take();
    catalog_has({"id", "", "b"}, kTable,
                701);  // b was a's new name at 300; then it was dropped, and another b was made
    add({begin(300), relation({"id", "b"})});
    EXPECT_TRUE(assembler.has_unproven());
}

// Nothing is announced where no row follows.
TEST_F(PostgresAssemblerTest, AChangeWithoutRowsIsReconciled) {
    catalog_has({"id", "a"});
    add({begin(200), relation({"id", "a"}), insert({"1", "2"}), commit(200)});
    assembler.take();
    assembler.reconcile({"public", "t"}, entry(kTable));
    EXPECT_TRUE(assembler.empty());
    catalog_has({"id", "b", "c"});
    assembler.reconcile({"public", "t"}, entry(kTable));
    const Batch batch = assembler.take();
    ASSERT_EQ(batch.steps.size(), 2u);
    EXPECT_EQ(std::get<Reshape>(batch.steps[0]).renamed.size(), 1u);
    add({begin(300), relation({"id", "b", "c"}), insert({"2", "3", "4"}), commit(300)});
    EXPECT_EQ(assembler.take().steps.size(), 1u);
}

TEST_F(PostgresAssemblerTest, AnotherTableUnderTheNameIsCopied) {
    add({begin(200), relation({"id"}), insert({"1"}), commit(200)});
    add({begin(300), "R" + be(999, 4) + "public\0t\0d"s + be(1, 2) + be(1, 1) + "id\0"s + be(23, 4) + be(~0u, 4)});
    EXPECT_TRUE(assembler.has_unproven());
}

// It was copied under a name of in between, and what was copied before stands still under the first.
TEST_F(PostgresAssemblerTest, ATableThatComesBackToItsFirstNameIsFollowedThere) {
    add({begin(200), relation({"id"}), insert({"1"}), commit(200)});
    assembler.distrust({"public", "t"}, "it has another name now");
    auto schema = std::make_shared<TableSchema>(*assembler.known().at({"public", "t"}).schema);
    schema->name = {"public", "u"};
    assembler.follow(schema->name, Lsn{300});
    assembler.know({schema, std::make_shared<CatalogEntry>(read_catalog_entry(
                                R"({"oid":"16384","schema":"public","table":"u","columns":[{"attnum":1,"name":"id",)"
                                R"("type":"23","modifier":-1,"not_null":false,"xid":"700","missing":null}],)"
                                R"("last_attnum":1,"key":["id"],"key_index":null,"identity":"d","updates":true,)"
                                R"("filter":"","members":[{"oid":"16384","file":"1","born":false}],)"
                                R"("labels":null,"composites":null})"))});
    assembler.take();
    add({begin(400), relation({"id"}), insert({"2"}), commit(400)});
    const Batch batch = assembler.take();
    ASSERT_EQ(batch.rows, 1u);
    EXPECT_EQ(to_string(std::get<TableRename>(batch.steps.at(0)).from), "public.u");
    EXPECT_EQ(rows(batch, batch.steps.size() - 1).schema->name.table, "t");
}

// As t's table is called since it was announced: the server says nothing of that where rows come through partitions.
KnownTable renamed_to_u() {
    auto renamed = std::make_shared<CatalogEntry>(*entry(kTable));
    renamed->name = {"public", "u"};
    const TableSchema schema{renamed->name, {{"id", {TypeKind::varchar}, "", nullptr}}, {0}};
    return {std::make_shared<TableSchema>(schema), renamed};
}

CatalogAnswers answers_with_text_in_u() {
    CatalogAnswers catalog = answers();
    catalog.policies = [](const TableName& table, const std::string&) {
        return table.table == "u" ? ColumnPolicy::varchar : ColumnPolicy::exact;
    };
    return catalog;
}

TEST_F(PostgresAssemblerTest, ATableIsFollowedUnderTheNameOfItsCopy) {
    for (const bool announced_before : {true, false}) {
        PostgresAssembler one(answers_with_text_in_u());
        const auto follow = [&] {
            one.know(renamed_to_u());
            one.follow({"public", "u"}, Lsn{100});
        };
        if (!announced_before) follow();
        for (const auto& message : {begin(50), relation({"id"}), insert({"1"}), commit(50)}) one.add(message);
        if (announced_before) follow();
        for (const auto& message : {begin(200), insert({"2"}), commit(200)}) one.add(message);
        const Batch batch = one.take();
        ASSERT_EQ(batch.rows, 1u) << announced_before;
        EXPECT_EQ(to_string(rows(batch).schema->name), "public.u");
        EXPECT_EQ(rows(batch).schema->columns.at(0).type.kind, TypeKind::varchar) << "as the target has it";
    }
}

TEST_F(PostgresAssemblerTest, ATableIsNotFollowedByTheNameThatAnotherOneHasNow) {
    PostgresAssembler one(answers());
    for (const auto& message : {begin(50), relation({"id"}), insert({"1"}), commit(50)}) one.add(message);
    auto other = std::make_shared<CatalogEntry>(*entry(kOther));
    other->name = {"public", "t"};
    const TableSchema schema{other->name, {{"id", {TypeKind::int32}, "", nullptr}}, {0}};
    one.know({std::make_shared<TableSchema>(schema), other});
    one.follow(other->name, Lsn{100});
    for (const auto& message : {begin(200), insert({"2"}), commit(200)}) one.add(message);
    EXPECT_TRUE(one.empty());
}

// Another policy, or a type that pintail keeps otherwise than an earlier version did.
TEST_F(PostgresAssemblerTest, AColumnThatTheTargetHoldsAsAnotherTypeIsCopiedAgain) {
    catalog_has({"id", "a"});
    TableSchema held{
        {"public", "t"}, {{"id", {TypeKind::int32}, "", nullptr}, {"a", {TypeKind::int32}, "", nullptr}}, {0}};
    assembler.know({std::make_shared<TableSchema>(held), entry(kTable)});
    add({begin(200), relation({"id", "a"}), commit(200)});
    EXPECT_FALSE(assembler.has_unproven());
    held.columns[1].type = {TypeKind::varchar};
    PostgresAssembler other(answers());
    other.follow({"public", "t"}, Lsn{100});
    other.know({std::make_shared<TableSchema>(held), entry(kTable)});
    for (const auto& message : {begin(200), relation({"id", "a"})}) EXPECT_EQ(other.add(message), Taken::yes);
    EXPECT_TRUE(other.has_unproven());
}

// A copy is merged there, and the column keeps its type: each start would copy once more.
TEST_F(PostgresAssemblerTest, AWiderTypeThatATableOfAnotherModeKeepsIsNotCopiedAgain) {
    catalog_has({"id", "a"});
    const TableSchema held{
        {"public", "t"}, {{"id", {TypeKind::int32}, "", nullptr}, {"a", {TypeKind::varchar}, "", nullptr}}, {0}};
    const auto distrusts = [&](bool keeps_wider, bool widens) {
        CatalogAnswers all = answers();
        all.type_changes.widens = [widens](const ColumnType&, const ColumnType&) { return widens; };
        all.type_changes.keeps_wider = [keeps_wider](const TableName&) { return keeps_wider; };
        PostgresAssembler one(std::move(all));
        one.follow({"public", "t"}, Lsn{100});
        one.know({std::make_shared<TableSchema>(held), entry(kTable)});
        for (const auto& message : {begin(200), relation({"id", "a"})}) EXPECT_EQ(one.add(message), Taken::yes);
        return one.has_unproven();
    };
    EXPECT_FALSE(distrusts(true, true));
    EXPECT_TRUE(distrusts(true, false)) << "the two have not the same values";
    EXPECT_TRUE(distrusts(false, true)) << "a mirror's copy takes its place";
}

TEST_F(PostgresAssemblerTest, AMissingValueThatItsColumnCannotHoldIsCopied) {
    add({begin(200), relation({"id"}), insert({"1"}), commit(200)});
    assembler.take();
    catalog_has({"id", "price"});
    add({begin(300), relation({"id", "price"}), insert({"2", "1.50"}), commit(300)});
    EXPECT_TRUE(assembler.has_unproven());
    EXPECT_EQ(assembler.take().rows, 0u);
}

TEST_F(PostgresAssemblerTest, WhatTheCatalogCannotProveIsCopiedAgain) {
    catalog_has({"id", "a"});
    add({begin(200), relation({"id", "a"}), insert({"1", "2"}), commit(200)});
    assembler.take();
    add({begin(300), relation({"id", "b"}), insert({"2", "3"}), commit(300)});
    EXPECT_EQ(assembler.take_unproven(), (std::vector<TableName>{{"public", "t"}}));
    const Batch batch = assembler.take();  // a restart has to know it, too
    ASSERT_EQ(batch.steps.size(), 1u);
    EXPECT_TRUE(std::holds_alternative<SnapshotDue>(batch.steps[0]));
    assembler.follow({"public", "t"}, Lsn{350});
    add({begin(400), insert({"4", "5"}), commit(400)});
    EXPECT_EQ(assembler.take().rows, 1u);
}

// Renamed in the same breath: the column is the one of its attnum.
void change_type_under(TypeChangeRule::Answer answer, PostgresAssembler& assembler) {
    catalog_has({"id", "a"});
    assembler.follow({"public", "t"}, Lsn{100});
    for (const auto& message : {begin(200), relation({"id", "a"}), insert({"1", "2"}), commit(200)})
        ASSERT_EQ(assembler.add(message), Taken::yes);
    assembler.take();
    catalog_has({"id", "price"});
    for (const auto& message : {begin(300), relation({"id", "price"}), insert({"2", "1.25"}), commit(300)})
        ASSERT_EQ(assembler.add(message), Taken::yes) << static_cast<int>(answer);
}

CatalogAnswers answers_with(TypeChangeRule::Answer answer, bool widens = false) {
    CatalogAnswers catalog = answers();
    catalog.type_changes = {answer, [widens](const ColumnType&, const ColumnType&) { return widens; }};
    return catalog;
}

TEST_F(PostgresAssemblerTest, ATableWhoseTypesAreNotToChangeIsLeft) {
    using Answer = TypeChangeRule::Answer;
    PostgresAssembler leaving(answers_with(Answer::quarantine));
    change_type_under(Answer::quarantine, leaving);
    EXPECT_FALSE(leaving.has_unproven());
    EXPECT_EQ(leaving.take_left(), (std::vector<TableName>{{"public", "t"}}));
    const Batch batch = leaving.take();
    ASSERT_EQ(batch.steps.size(), 1u);
    EXPECT_NE(std::get<TableQuarantine>(batch.steps[0]).why.find("column price"), std::string::npos);
}

TEST_F(PostgresAssemblerTest, ATypeThatHoldsTheOldValuesIsCopiedUnderEveryPolicy) {
    using Answer = TypeChangeRule::Answer;
    PostgresAssembler copying(answers_with(Answer::quarantine, true));
    change_type_under(Answer::quarantine, copying);
    EXPECT_TRUE(copying.take_left().empty());
    EXPECT_TRUE(copying.has_unproven());
    PostgresAssembler keeping(answers_with(Answer::keep_old));
    change_type_under(Answer::keep_old, keeping);
    EXPECT_TRUE(keeping.has_unproven()) << "the target keeps the old column beside the copy";
}

TEST_F(PostgresAssemblerTest, AShapeFromBeforeTheCopyChangesNothing) {
    assembler.follow({"public", "t"}, Lsn{250});
    add({begin(200), relation({"id", "a"}), insert({"1", "2"}), commit(200), begin(210), relation({"id", "b"}),
         insert({"1", "2"}), commit(210)});
    EXPECT_FALSE(assembler.has_unproven());
    EXPECT_TRUE(assembler.empty());
}

// It was called so, the copy found another one under the name, and now it is called so again.
TEST_F(PostgresAssemblerTest, ARepeatedAnnouncementIsComparedWithTheCopyThatCameBetween) {
    add({begin(50), relation({"id"}), insert({"1"}), commit(50)});
    auto copied = std::make_shared<CatalogEntry>(*entry(kTable));
    copied->oid = 999;
    const TableSchema schema{{"public", "t"}, {{"id", {TypeKind::int32}, "", nullptr}}, {0}};
    assembler.know({std::make_shared<TableSchema>(schema), copied});
    add({begin(60), relation({"id"}), commit(60)});
    EXPECT_FALSE(assembler.has_unproven());
    add({begin(200), relation({"id"}), insert({"2"}), commit(200)});
    EXPECT_TRUE(assembler.has_unproven());
}

TEST_F(PostgresAssemblerTest, ARewindTakesBackTheShapesOfItsTransaction) {
    catalog_has({"id"}, kOther);
    assembler.follow({"public", "other"}, Lsn{100});
    add({begin(200), relation({"id"}), insert({"1"}), relation({"id"}, kOther), commit(200)});
    catalog_has({"id", "a"}, kOther);
    add({begin(300), relation({"id", "a"}, kOther), insert({"2", "3"}, kOther)});
    EXPECT_EQ(assembler.known().at({"public", "other"}).schema->columns.size(), 2u);
    EXPECT_EQ(assembler.add(relation({"id", "b"})), Taken::rewind);
    assembler.take_committed();
    EXPECT_EQ(assembler.known().at({"public", "other"}).schema->columns.size(), 1u);
}

TEST_F(PostgresAssemblerTest, ARewindTakesBackTheDistrustOfItsTransaction) {
    assembler.follow({"public", "other"}, Lsn{100});
    catalog_has({"id", "x"}, kOther);
    add({begin(200), relation({"id"}), insert({"1"}), relation({"id", "x"}, kOther), insert({"1", "1"}, kOther),
         commit(200)});
    assembler.take();
    add({begin(300), insert({"1"}), commit(300), begin(400), relation({"id", "y"}, kOther)});
    EXPECT_TRUE(assembler.has_unproven());
    add({insert({"2", "3"}, kOther)});
    assembler.take_committed();
    EXPECT_FALSE(assembler.has_unproven());
}

TEST_F(PostgresAssemblerTest, WhatARewindMayTakeBackIsGivenBehindItsCommit) {
    add({begin(200), relation({"id"}), insert({"1"}), commit(200)});
    assembler.take();
    add({begin(300), relation({"id", "x"}), commit(300), begin(400)});
    EXPECT_EQ(assembler.take_unproven().size(), 1u) << "committed before";
    assembler.follow({"public", "other"}, Lsn{100});
    add({relation({"id"}, kOther), insert({"1"}, kOther), commit(400)});
    assembler.take();
    add({begin(500), relation({"id", "y"}, kOther)});
    EXPECT_TRUE(assembler.take_unproven().empty());
    add({commit(500)});
    EXPECT_EQ(assembler.take_unproven().size(), 1u);
}

TEST_F(PostgresAssemblerTest, ChangesOfAHiddenCopySaySo) {
    assembler.follow({"public", "t"}, Lsn{100}, true);
    const std::string truncate = "T" + be(1, 4) + be(0, 1) + be(kTable, 4);
    add({begin(200), relation({"id"}), insert({"1"}), truncate, insert({"2"}), commit(200)});
    const Batch hidden = assembler.take();
    EXPECT_TRUE(rows(hidden, 0).hidden && std::get<Truncate>(hidden.steps.at(1)).hidden && rows(hidden, 2).hidden);
    assembler.follow({"public", "t"}, Lsn{100});
    add({begin(300), insert({"3"}), commit(300)});
    EXPECT_FALSE(rows(assembler.take()).hidden);
}

TEST_F(PostgresAssemblerTest, TruncateStandsBetweenTheRows) {
    const std::string truncate = "T" + be(1, 4) + be(0, 1) + be(kTable, 4);
    add({begin(200), relation({"id"}), insert({"1"}), truncate, insert({"2"}), commit(200)});
    const Batch batch = assembler.take();
    ASSERT_EQ(batch.steps.size(), 3u);
    EXPECT_TRUE(std::holds_alternative<Truncate>(batch.steps[1]));
    EXPECT_EQ(rows(batch, 2).columns[0].at<int32_t>(0), 2);
}

TEST_F(PostgresAssemblerTest, AChangeOfAnUnknownRelationIsRefused) {
    add({begin(200)});
    EXPECT_THROW(assembler.add(insert({"1"})), Error);
}

}  // namespace
}  // namespace pintail::source
