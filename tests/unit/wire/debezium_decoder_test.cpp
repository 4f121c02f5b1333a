// What a message does: rows, shapes, keys, placeholders, and what is no row at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "cell_text.hpp"
#include "core/error.hpp"
#include "sample_messages.hpp"

namespace pintail::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kFields =
    R"({"type":"int32","optional":false,"default":0,"field":"id"},{"type":"string","optional":true,"default":"none at all","field":"name"})";
constexpr const char* kFullPlaceholder = "\"__debezium_unavailable_value\"";

std::string schema() {
    return envelope_schema_of(kFields);
}

std::string key_frame(const std::string& payload) {
    return framed(
        R"({"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"}],"optional":false,"name":"p.public.t.Key"})",
        payload);
}

DebeziumOptions catalog() {
    return with_table({source_column("id", "int4"), source_column("name", "text"), source_column("doc", "jsonb"),
                       source_column("tags", "text", -1, true), source_column("n", "int4")});
}

template <typename Call>
Error refusal(Call&& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::internal, "<not refused>");
}

TEST(Event, CarriesPositionTimeAndOp) {
    Feed feed;
    const Event event = feed.send(schema(), {.op = "r", .after = R"({"id":1,"name":"a"})", .snapshot = "\"first\""});
    EXPECT_EQ(event.kind, EventKind::row);
    EXPECT_EQ(event.op, Op::snapshot);
    EXPECT_EQ(event.snapshot, SnapshotMark::inside);
    EXPECT_EQ(event.last_commit_lsn, 100U);
    EXPECT_EQ(event.lsn, 200U);
    EXPECT_EQ(event.source_time_us, 1700000000123456);
    EXPECT_EQ(event.rows_appended, 1U);
    EXPECT_EQ(feed.rows().origins[0].lsn, 200U);
    EXPECT_EQ(feed.rows().origins[0].commit_time_us, 1700000000123456);
    EXPECT_THAT(feed.rows().ops, ElementsAre(Op::snapshot));
}

TEST(Event, SnapshotMarks) {
    Feed feed;
    const auto mark = [&](const std::string& snapshot) {
        return feed.send(schema(), {.op = "r", .after = R"({"id":1,"name":"a"})", .snapshot = snapshot}).snapshot;
    };
    for (const char* inside : {"\"true\"", "\"first\"", "\"first_in_data_collection\"", "true"})
        EXPECT_EQ(mark(inside), SnapshotMark::inside);
    for (const char* last : {"\"last\"", "\"last_in_data_collection\""})
        EXPECT_EQ(mark(last), SnapshotMark::last_of_table);
    for (const char* none : {"\"false\"", "false", "null"}) EXPECT_EQ(mark(none), SnapshotMark::none);
    EXPECT_EQ(mark("\"incremental\""), SnapshotMark::incremental);
    EXPECT_EQ(refusal([&] { mark("\"sideways\""); }).kind(), ErrorKind::data);
}

// 2.6 and 3.7 order the fields of the envelope and of source differently; nothing may depend on it.
TEST(Event, FieldsInAnyOrder) {
    Feed feed;
    const std::string reversed =
        R"({"ts_ms":5,"op":"u","source":{"lsn":9,"table":"t","schema":"public","sequence":"[null,\"9\"]","ts_ms":7,"connector":"postgresql"},)"
        R"("after":{"name":"b","id":2},"before":null})";
    const Event event = feed.raw(R"({"payload":)" + reversed + R"(,"schema":)" + schema() + "}", R"({"id":2})");
    EXPECT_EQ(event.op, Op::update);
    EXPECT_EQ(event.lsn, 9U);
    EXPECT_EQ(event.last_commit_lsn, std::nullopt);
    EXPECT_EQ(event.source_time_us, 7000);
    EXPECT_EQ(event.snapshot, SnapshotMark::none);
    EXPECT_EQ(feed.cell("id"), "2");
    EXPECT_EQ(feed.cell("name"), "b");
    feed.send(schema(), {.after = R"({"id":3,"name":"c"})"});
    EXPECT_EQ(feed.cell("name"), "c");
    EXPECT_EQ(feed.shapes(), 1);
}

// The places of source's fields are remembered; a message whose source is shorter must not be read by them.
TEST(Event, SourceOfIncrementalSnapshotsHasFewerFields) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    const std::string incremental =
        R"({"before":null,"after":{"id":2,"name":"b"},"source":{"version":"3.7.0.Final","connector":"postgresql","name":"dbserver1",)"
        R"("ts_ms":1,"snapshot":"incremental","db":"inv","sequence":"[\"100\",\"200\"]","ts_us":1000,"ts_ns":1000000,"schema":"public","table":"t"},"op":"r"})";
    for (int round = 0; round < 2; ++round) {
        const Event event = feed.raw(framed(schema(), incremental), R"({"id":2})");
        EXPECT_EQ(event.snapshot, SnapshotMark::incremental);
        EXPECT_EQ(event.lsn, std::nullopt);
        EXPECT_EQ(feed.rows().origins.back().lsn, 0U);
        EXPECT_EQ(feed.send(schema(), {.after = R"({"id":1,"name":"a"})"}).lsn, 200U);
    }
}

TEST(Event, WhatIsNoRow) {
    Feed feed;
    EXPECT_EQ(feed.raw(std::nullopt, R"({"id":1})").kind, EventKind::tombstone);
    EXPECT_EQ(feed.raw("null", R"({"id":1})").kind, EventKind::tombstone);
    EXPECT_EQ(feed.raw(R"({"schema":null,"payload":null})", R"({"id":1})").kind, EventKind::tombstone);
    EXPECT_EQ(feed.raw(R"({"ts_ms":1700000000000})", R"({"serverName":"dbserver1"})").kind, EventKind::other);
    EXPECT_EQ(feed.raw(R"({"status":"BEGIN","id":"571:33015304","event_count":null,"data_collections":null,"ts_ms":1})",
                       R"({"id":"571"})")
                  .kind,
              EventKind::other);
    EXPECT_EQ(
        feed.raw(
                R"({"source":{"connector":"postgresql"},"ts_ms":1,"databaseName":"d","schemaName":"public","ddl":null,"tableChanges":[]})",
                "{}")
            .kind,
        EventKind::other);
    EXPECT_EQ(feed.send({.op = "m", .key = R"({"prefix":"p"})"}).kind, EventKind::other);
    EXPECT_EQ(feed.decoder().schema(), nullptr);
}

TEST(Event, TruncateNamesItsTableAndKeepsTheShape) {
    Feed feed;
    EXPECT_EQ(feed.send(schema(), {.op = "t", .key = ""}).kind, EventKind::truncate);
    EXPECT_EQ(feed.decoder().schema(), nullptr);
    EXPECT_EQ(feed.decoder().table(), (TableName{"public", "t"}));
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    const auto before = feed.decoder().schema();
    EXPECT_EQ(feed.send(schema(), {.op = "t", .key = ""}).kind, EventKind::truncate);
    EXPECT_EQ(feed.decoder().schema(), before);
    EXPECT_EQ(feed.rows().rows(), 1U);
}

TEST(Event, MarksOfIncrementalSnapshotsAreNoRows) {
    Feed feed(with_table(
        {source_column("id", "varchar"), source_column("type", "varchar"), source_column("data", "varchar")}));
    EXPECT_EQ(feed.send({.after = R"({"id":"x-open","type":"snapshot-window-open","data":null})"}).kind,
              EventKind::other);
    EXPECT_EQ(feed.send({.after = R"({"id":"x-close","type":"snapshot-window-close","data":null})"}).kind,
              EventKind::other);
    EXPECT_EQ(feed.send({.after = R"({"id":"s","type":"execute-snapshot","data":"{}"})"}).kind, EventKind::row);
    EXPECT_EQ(feed.rows().rows(), 1U);
}

TEST(Foreign, MessagesAreRefusedWithAReason) {
    Feed feed(catalog());
    const auto why = [&](const std::string& value) {
        const Error error = refusal([&] { feed.raw(value, R"({"id":1})"); });
        EXPECT_EQ(error.kind(), ErrorKind::data) << value;
        return std::string(error.what());
    };
    EXPECT_THAT(why("not json"), HasSubstr("JSON"));
    EXPECT_THAT(why(""), HasSubstr("JSON"));
    EXPECT_THAT(why("\"text\""), HasSubstr("no JSON object"));
    EXPECT_THAT(why("[]"), HasSubstr("no JSON object"));
    EXPECT_THAT(why("\xff\xfe"), HasSubstr("JSON"));
    EXPECT_THAT(why(R"({"id":1,"name":"unwrapped"})"), HasSubstr("ExtractNewRecordState"));
    EXPECT_THAT(why(R"({"id":1,"status":"x","ts_ms":5})"), HasSubstr("no field \"op\""));
    EXPECT_THAT(why(R"({"op":"c","after":{"id":1}})"), HasSubstr("no field \"source\""));
    EXPECT_THAT(why(R"({"op":"c","after":{"id":1},"source":{"connector":"mysql"}})"), HasSubstr("postgresql"));
    EXPECT_THAT(why(R"({"op":"c","after":{"id":1},"source":{"connector":"postgresql","ts_ms":9223372036854775807}})"),
                HasSubstr("time"));
    EXPECT_THAT(why(R"({"op":"x","after":{"id":1},"source":{"connector":"postgresql","schema":"public","table":"t"}})"),
                HasSubstr("op is unknown"));
    EXPECT_THAT(why(envelope_of({.op = "c", .after = "null"})), HasSubstr("\"after\""));
    EXPECT_THAT(why(envelope_of({.op = "c", .after = "5"})), HasSubstr("no object"));
    EXPECT_THAT(why(envelope_of({.after = R"({"id":1})"}) + "x"), HasSubstr("malformed"));
    EXPECT_THAT(why(envelope_of({.after = R"({"id":1})"}) + "{}"), HasSubstr("malformed"));
}

TEST(Foreign, KeysMustBeJson) {
    Feed feed;
    EXPECT_THAT(
        refusal([&] { feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = "Struct{id=1}"}); }).what(),
        HasSubstr("JSON"));
    EXPECT_THAT(refusal([&] { feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = "\"1\""}); }).what(),
                HasSubstr("JsonConverter"));
}

TEST(Rows, AppendAndComeBackAsTheyWere) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    feed.send(schema(), {.op = "u", .after = R"({"id":1,"name":null})"});
    feed.send(schema(), {.op = "d", .before = R"({"id":1,"name":""})"});
    EXPECT_THAT(feed.rows().ops, ElementsAre(Op::insert, Op::update, Op::remove));
    EXPECT_EQ(feed.cell("name", 0), "a");
    EXPECT_EQ(feed.cell("name", 1), std::nullopt);
    EXPECT_EQ(feed.cell("id", 2), "1");
    EXPECT_EQ(feed.cell("name", 2), std::nullopt);  // "" in before is a type's default, not a value
}

TEST(Rows, ABadValueTakesBackItsRowAndNothingElse) {
    Feed feed(catalog());
    feed.send({.after = R"({"id":1,"name":"a","doc":"{}","tags":["x"],"n":1})"});
    EXPECT_EQ(
        refusal([&] { feed.send({.after = R"({"id":2,"name":"b","doc":"{}","tags":["y","z",5],"n":2})"}); }).kind(),
        ErrorKind::data);
    EXPECT_EQ(refusal([&] { feed.send({.after = R"({"id":2,"name":"b","doc":"{}","tags":["y"],"n":"two"})"}); }).kind(),
              ErrorKind::data);
    EXPECT_EQ(refusal([&] { feed.send({.after = R"({"id":2,"id":3,"name":"b"})"}); }).kind(), ErrorKind::data);
    EXPECT_EQ(feed.rows().rows(), 1U);
    feed.send({.after = R"({"id":3,"name":"c","doc":"{}","tags":["q","r"],"n":3})"});
    EXPECT_EQ(feed.rows().rows(), 2U);
    for (const Column& column : feed.rows().columns) EXPECT_EQ(column.size(), 2U);
    EXPECT_EQ(feed.cell("tags", 0), "{x}");
    EXPECT_EQ(feed.cell("tags", 1), "{q,r}");
    EXPECT_EQ(feed.shapes(), 1);
}

TEST(Rows, FieldsInAnotherOrderOrMissing) {
    Feed feed(catalog());
    feed.send({.after = R"({"n":7,"tags":[],"id":1,"name":"a"})"});
    EXPECT_EQ(feed.cell("id"), "1");
    EXPECT_EQ(feed.cell("n"), "7");
    EXPECT_EQ(feed.cell("tags"), "{}");
    EXPECT_EQ(feed.cell("doc"), std::nullopt);
}

TEST(Rows, NamesWithQuotesAndOtherLetters) {
    const std::string fields = R"({"type":"int32","field":"id"},{"type":"string","field":"say \"hi\" \\ é"})";
    Feed feed;
    feed.send(envelope_schema_of(fields), {.after = R"({"id":1,"say \"hi\" \\ é":"a"})"});
    EXPECT_EQ(feed.cell("say \"hi\" \\ é"), "a");
    feed.send(envelope_schema_of(fields), {.after = R"({"id":1,"say \u0022hi\u0022 \\ \u00e9":"b"})"});
    EXPECT_EQ(feed.cell("say \"hi\" \\ é"), "b");
}

TEST(Rows, WhiteSpaceDoesNotMatter) {
    Feed feed;
    const std::string value =
        "\n{ \"before\" : null , \"after\" : { \"id\" : 1 , \"name\" : \"a\" } , \"source\" : { \"connector\" : "
        "\"postgresql\" , "
        "\"schema\" : \"public\" , \"table\" : \"t\" , \"lsn\" : 5 } , \"op\" : \"c\" }\n";
    feed.raw("{ \"schema\" : " + schema() + " , \"payload\" : " + value + " } ", " { \"id\" : 1 } ");
    EXPECT_EQ(feed.cell("id"), "1");
    EXPECT_EQ(feed.cell("name"), "a");
    EXPECT_THAT(feed.schema().key, ElementsAre(0));
}

TEST(WithoutKey, AnUpdateIsARemoveAndAnInsert) {
    Feed feed;
    feed.send(schema(), {.op = "c", .after = R"({"id":1,"name":"a"})", .key = ""});
    const Event event = feed.send(
        schema(), {.op = "u", .before = R"({"id":1,"name":"a"})", .after = R"({"id":1,"name":"b"})", .key = ""});
    EXPECT_EQ(event.rows_appended, 2U);
    feed.send(schema(), {.op = "d", .before = R"({"id":1,"name":"b"})", .key = ""});
    EXPECT_FALSE(feed.schema().has_key());
    EXPECT_THAT(feed.rows().ops, ElementsAre(Op::insert, Op::remove, Op::insert, Op::remove));
    EXPECT_EQ(feed.cell("name", 1), "a");
    EXPECT_EQ(feed.cell("name", 2), "b");
    EXPECT_EQ(feed.cell("name", 3), "b");
}

TEST(WithoutKey, UpdatesNeedTheOldRow) {
    Feed feed;
    EXPECT_THAT(refusal([&] { feed.send(schema(), {.op = "u", .after = R"({"id":1,"name":"a"})", .key = ""}); }).what(),
                HasSubstr("REPLICA IDENTITY FULL"));
    EXPECT_EQ(feed.rows().rows(), 0U);
}

TEST(WithoutKey, ABadNewRowTakesTheOldOneBackToo) {
    Feed feed;
    EXPECT_EQ(refusal([&] {
                  feed.send(
                      schema(),
                      {.op = "u", .before = R"({"id":1,"name":"a"})", .after = R"({"id":"x","name":"b"})", .key = ""});
              }).kind(),
              ErrorKind::data);
    EXPECT_EQ(feed.rows().rows(), 0U);
    EXPECT_EQ(feed.rows().columns[0].size(), 0U);
}

TEST(Keys, OfManyColumnsInTheirOwnOrder) {
    const std::string fields =
        R"({"type":"int32","field":"a"},{"type":"string","field":"b"},{"type":"int32","field":"c"})";
    Feed feed;
    feed.send(envelope_schema_of(fields), {.after = R"({"a":1,"b":"x","c":3})", .key = R"({"c":3,"a":1})"});
    EXPECT_THAT(feed.schema().key, ElementsAre(2, 0));
    feed.send(envelope_schema_of(fields), {.op = "d", .before = R"({"a":1,"b":"","c":3})", .key = R"({"c":3,"a":1})"});
    EXPECT_EQ(feed.cell("c"), "3");
    EXPECT_EQ(feed.cell("a"), "1");
    EXPECT_EQ(feed.cell("b"), std::nullopt);
}

TEST(Keys, OwnSchemaOrNoneWhateverTheValueHas) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = key_frame(R"({"id":1})")});
    feed.send(schema(), {.after = R"({"id":2,"name":"a"})", .key = key_frame(R"({"id":2})")});
    feed.send(schema(), {.op = "d", .key = R"({"id":1})"});
    feed.send(schema(), {.op = "d", .key = key_frame(R"({"id":2})")});
    EXPECT_EQ(feed.cell("id", 2), "1");
    EXPECT_EQ(feed.cell("id", 3), "2");
    EXPECT_EQ(feed.shapes(), 1);
}

TEST(Keys, ColumnsMayBeCalledSchemaAndPayload) {
    Feed feed;
    const std::string fields = R"({"type":"string","field":"schema"},{"type":"string","field":"payload"})";
    feed.send(envelope_schema_of(fields),
              {.after = R"({"schema":"s","payload":"p"})", .key = R"({"schema":"s","payload":"p"})"});
    EXPECT_THAT(feed.schema().key, ElementsAre(0, 1));
}

TEST(Keys, AChangeOfTheKeyIsANewShape) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    const auto first = feed.decoder().schema();
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = R"({"name":"a"})"});
    EXPECT_NE(feed.decoder().schema(), first);
    EXPECT_THAT(feed.schema().key, ElementsAre(1));
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = ""});
    EXPECT_FALSE(feed.schema().has_key());
    EXPECT_EQ(feed.shapes(), 3);
}

TEST(Keys, AKeyThatWasLostAndComesBackIsAKey) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = key_frame(R"({"id":1})")});
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = ""});
    EXPECT_FALSE(feed.schema().has_key());
    feed.send(schema(), {.op = "u", .after = R"({"id":1,"name":"b"})", .key = key_frame(R"({"id":1})")});
    EXPECT_THAT(feed.schema().key, ElementsAre(0));
}

TEST(Keys, RoutingFieldsDoNotCountUnknownOnesDo) {
    Feed feed;
    feed.send(schema(),
              {.after = R"({"id":1,"name":"a"})", .key = R"({"id":1,"__dbz__physicalTableIdentifier":"p.public.t"})"});
    EXPECT_THAT(feed.schema().key, ElementsAre(0));
    EXPECT_EQ(
        refusal([&] { feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = R"({"other":1})"}); }).kind(),
        ErrorKind::schema);
}

TEST(Keys, AMessageThatIsRefusedTeachesNothing) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    EXPECT_EQ(
        refusal([&] { feed.send(R"({"type":"struct"})", {.after = R"({"id":1})", .key = R"({"name":"a"})"}); }).kind(),
        ErrorKind::data);
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .key = R"({"name":"a"})"});
    EXPECT_THAT(feed.schema().key, ElementsAre(1));
}

TEST(Keys, ARemoveWithoutItsKeyIsRefused) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    EXPECT_EQ(refusal([&] { feed.send(schema(), {.op = "d", .key = R"({"id":null})"}); }).kind(), ErrorKind::data);
    EXPECT_EQ(refusal([&] { feed.send(schema(), {.op = "d", .key = R"({"id":"x"})"}); }).kind(), ErrorKind::data);
}

TEST(KeyChanges, RemoveAndInsertAreMarkedByTheirHeaders) {
    Feed feed;
    const std::string row = R"({"id":2,"name":"a"})";
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    const Event removed =
        feed.raw(framed(schema(), envelope_of({.op = "d"})), R"({"id":1})", {{"__debezium.newkey", R"({"id":2})"}});
    EXPECT_TRUE(removed.key_change);
    const Event inserted = feed.raw(framed(schema(), envelope_of({.op = "c", .after = row})), R"({"id":2})",
                                    {{"other", "x"}, {"__debezium.oldkey", key_frame(R"({"id":1})")}}, true);
    EXPECT_TRUE(inserted.key_change);
    const auto old_key = feed.decoder().take_old_key();
    ASSERT_TRUE(old_key.has_value());
    EXPECT_EQ(old_key->rows(), 1U);
    EXPECT_EQ(old_key->ops[0], Op::remove);
    EXPECT_EQ(old_key->columns[0].at<int32_t>(0), 1);
    EXPECT_TRUE(old_key->columns[1].is_null(0));
    EXPECT_FALSE(feed.decoder().take_old_key().has_value());
}

TEST(KeyChanges, AreLookedForOnlyWhereTheyCanBe) {
    Feed feed;
    const std::vector<Header> headers = {{"__debezium.oldkey", R"({"id":1})"}, {"__debezium.newkey", R"({"id":1})"}};
    const auto of = [&](const Sample& sample, bool expected) {
        return feed.raw(framed(schema(), envelope_of(sample)), R"({"id":1})", headers, expected).key_change;
    };
    EXPECT_FALSE(of({.op = "c", .after = R"({"id":1,"name":"a"})"}, false));
    EXPECT_FALSE(of({.op = "u", .after = R"({"id":1,"name":"a"})"}, true));
    EXPECT_TRUE(of({.op = "c", .after = R"({"id":1,"name":"a"})"}, true));
}

TEST(KeyChanges, ABrokenOldKeyTakesTheRowBack) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    const auto broken = [&] {
        feed.raw(framed(schema(), envelope_of({.op = "c", .after = R"({"id":2,"name":"a"})"})), R"({"id":2})",
                 {{"__debezium.oldkey", "{}"}}, true);
    };
    EXPECT_EQ(refusal(broken).kind(), ErrorKind::data);
    EXPECT_EQ(feed.rows().rows(), 1U);
}

std::string toasted_row(const std::string& name, const std::string& doc, const std::string& tags) {
    return fmt::format(R"({{"id":1,"name":{},"doc":{},"tags":{},"n":5}})", name, doc, tags);
}

std::string placeholder_row() {
    return toasted_row(kFullPlaceholder, kFullPlaceholder, fmt::format("[{}]", kFullPlaceholder));
}

TEST(UnchangedToast, UpdatesMarkTheirCells) {
    Feed feed(catalog());
    feed.send({.op = "u", .after = placeholder_row()});
    for (const char* column : {"name", "doc", "tags"}) EXPECT_EQ(feed.cell(column), "<unchanged>") << column;
    EXPECT_EQ(feed.cell("n"), "5");
    feed.send({.op = "u",
               .after = toasted_row("\"__debezium_unavailable_value2\"", "\"{}\"",
                                    "[\"__debezium_unavailable_value\",\"x\"]")});
    EXPECT_EQ(feed.cell("name"), "__debezium_unavailable_value2");
    EXPECT_EQ(feed.cell("tags"), "{__debezium_unavailable_value,x}");
}

// A new row has all its values: there the text is a value like any other.
TEST(UnchangedToast, InsertsAndSnapshotsTakeTheTextLiterally) {
    Feed feed(catalog());
    for (const char* op : {"c", "r"}) {
        feed.send({.op = op, .after = placeholder_row()});
        EXPECT_EQ(feed.cell("name"), "__debezium_unavailable_value");
    }
}

TEST(UnchangedToast, TheOldRowHasTheValueUnderFullIdentity) {
    Feed feed(catalog());
    feed.send({.op = "u", .before = toasted_row("\"old name\"", "\"{}\"", "[\"a\"]"), .after = placeholder_row()});
    EXPECT_EQ(feed.cell("name"), "old name");
    EXPECT_EQ(feed.cell("doc"), "{}");
    EXPECT_EQ(feed.cell("tags"), "{a}");
    feed.send({.op = "u", .before = toasted_row("null", kFullPlaceholder, "[\"a\"]"), .after = placeholder_row()});
    EXPECT_EQ(feed.cell("name"), std::nullopt);
    EXPECT_EQ(feed.cell("doc"), "<unchanged>");
}

TEST(UnchangedToast, EverySpellingOfEveryType) {
    const struct {
        const char* schema;
        const char* value;
    } kSpellings[] = {
        {R"("type":"bytes")", "\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\""},
        {R"("type":"string","name":"io.debezium.data.Xml")", "\"__debezium_unavailable_value\""},
        {R"("type":"string","name":"io.debezium.data.Json")",
         R"("{\"__debezium_unavailable_value\":\"__debezium_unavailable_value\"}")"},
        {R"("type":"map","keys":{"type":"string"},"values":{"type":"string"})",
         R"({"__debezium_unavailable_value":"__debezium_unavailable_value"})"},
        {R"("type":"array","items":{"type":"bytes"})", R"(["X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="])"},
        {R"("type":"array","items":{"type":"int64"})",
         "[95,95,100,101,98,101,122,105,117,109,95,117,110,97,118,97,105,108,97,98,108,101,95,118,97,108,117,101]"},
        {R"("type":"array","items":{"type":"string","name":"io.debezium.data.Uuid"})",
         R"(["b68a35a7-17ad-35b3-af2a-ae46edb4545a"])"}};
    for (const auto& spelling : kSpellings) {
        Feed feed;
        feed.send(
            envelope_schema_of(fmt::format(R"({{"type":"int32","field":"id"}},{{{},"field":"v"}})", spelling.schema)),
            {.op = "u", .after = fmt::format(R"({{"id":1,"v":{}}})", spelling.value)});
        EXPECT_EQ(feed.cell("v"), "<unchanged>") << spelling.schema;
    }
}

TEST(UnchangedToast, AnotherPlaceholderIsASetting) {
    DebeziumOptions options = catalog();
    options.unavailable_value = "gone";
    Feed feed(std::move(options));
    feed.send({.op = "u", .after = toasted_row("\"gone\"", kFullPlaceholder, "[\"gone\"]")});
    EXPECT_EQ(feed.cell("name"), "<unchanged>");
    EXPECT_EQ(feed.cell("doc"), "__debezium_unavailable_value");
    EXPECT_EQ(feed.cell("tags"), "<unchanged>");
}

TEST(Schemas, TheSameBytesOrTheSameShapeAreNoNewShape) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    const auto first = feed.decoder().schema();
    feed.send(envelope_schema_of(std::string(kFields) + " "), {.after = R"({"id":2,"name":"b"})"});
    EXPECT_EQ(feed.decoder().schema(), first);
    EXPECT_EQ(feed.rows().rows(), 2U);
}

TEST(Schemas, AddedColumnsHaveTheirDefault) {
    Feed feed;
    feed.send(envelope_schema_of(R"({"type":"int32","field":"id"})"), {.after = R"({"id":1})"});
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    EXPECT_EQ(feed.shapes(), 2);
    const ColumnSchema& name = feed.schema().columns[1];
    ASSERT_NE(name.default_cell, nullptr);
    EXPECT_EQ(cell_text(*name.default_cell, name.type, 0), "none at all");
}

TEST(Schemas, DefaultsOutliveTheDecoder) {
    std::shared_ptr<const TableSchema> kept;
    {
        Feed feed;
        feed.send(
            envelope_schema_of(
                R"({"type":"int32","field":"id"},{"type":"string","default":"a text longer than twelve bytes","field":"t"})"),
            {.after = R"({"id":1,"t":"x"})"});
        kept = feed.decoder().schema();
    }
    EXPECT_EQ(kept->columns[1].default_cell->string_at(0), "a text longer than twelve bytes");
}

TEST(Schemas, ATypeThatChangesIsANewShapeAnEncodingIsNot) {
    Feed feed;
    const auto with = [](const char* type) {
        return envelope_schema_of(fmt::format(R"({{"type":"int32","field":"id"}},{{{},"field":"v"}})", type));
    };
    feed.send(with(R"("type":"int64","name":"io.debezium.time.Timestamp")"), {.after = R"({"id":1,"v":1000})"});
    feed.send(with(R"("type":"int64","name":"io.debezium.time.MicroTimestamp")"), {.after = R"({"id":1,"v":1000000})"});
    EXPECT_EQ(feed.shapes(), 1);
    EXPECT_EQ(feed.cell("v", 0), feed.cell("v", 1));
    feed.send(with(R"("type":"string")"), {.after = R"({"id":1,"v":"x"})"});
    EXPECT_EQ(feed.shapes(), 2);
}

TEST(Schemas, AFieldBesideTheSchemaIsRefused) {
    Feed feed;
    EXPECT_THAT(refusal([&] { feed.send(schema(), {.after = R"({"id":1,"name":"a","extra":1})"}); }).what(),
                HasSubstr("extra"));
}

TEST(Schemas, BrokenOnesAreRefused) {
    for (
        const char* broken :
        {R"({"type":"struct"})", R"({"type":"struct","fields":[]})", R"({"type":"struct","fields":5})",
         R"({"type":"struct","fields":[{"type":"struct","fields":[{"field":"id"}],"field":"after"}]})",
         R"({"type":"struct","fields":[{"type":"struct","fields":[{"type":"array","field":"id"}],"field":"after"}]})"}) {
        Feed feed;
        EXPECT_EQ(refusal([&] { feed.send(broken, {.after = R"({"id":1})"}); }).kind(), ErrorKind::data) << broken;
    }
}

TEST(Schemas, TwoTablesInOneTopicAreToldApart) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})", .table = "other"});
    EXPECT_EQ(feed.schema().name, (TableName{"public", "other"}));
    EXPECT_EQ(feed.shapes(), 2);
}

TEST(Schemaless, WithoutAnyoneWhoKnowsTheTypesItIsAnError) {
    Feed feed;
    const Error error = refusal([&] { feed.send({.after = R"({"id":1})"}); });
    EXPECT_EQ(error.kind(), ErrorKind::schema);
    EXPECT_THAT(error.what(), HasSubstr("--source"));
    EXPECT_THAT(error.what(), HasSubstr("--infer"));
}

TEST(Schemaless, TheCatalogIsAskedOncePerTable) {
    int asked = 0;
    DebeziumOptions options = catalog();
    options.describe_table = [&asked, describe = options.describe_table](const TableName& name,
                                                                         const SourceTransaction&) {
        ++asked;
        return describe(name, {});
    };
    Feed feed(std::move(options));
    for (int i = 0; i < 3; ++i) feed.send({.after = R"({"id":1,"name":"a"})"});
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(feed.rows().rows(), 3U);
}

TEST(Schemaless, ANewFieldAsksAgainAndIsANewShape) {
    auto columns = std::make_shared<std::vector<SourceColumn>>(std::vector{source_column("id", "int4")});
    DebeziumOptions options;
    options.describe_table = [columns](const TableName& name, const SourceTransaction&) {
        return SourceTable{name, *columns, {"id"}, 'd'};
    };
    Feed feed(std::move(options));
    feed.send({.after = R"({"id":1})"});
    columns->push_back(source_column("name", "text"));
    feed.send({.after = R"({"id":2,"name":"b"})"});
    EXPECT_EQ(feed.shapes(), 2);
    EXPECT_EQ(feed.cell("name"), "b");
    EXPECT_THAT(feed.decoder().ignored_fields(), ElementsAre());
}

// The catalog is newer than the message: the column has been dropped since.
TEST(Schemaless, AFieldThatNobodyKnowsIsLeftOutAndNamed) {
    int asked = 0;
    DebeziumOptions options = catalog();
    options.describe_table = [&asked, describe = options.describe_table](const TableName& name,
                                                                         const SourceTransaction&) {
        ++asked;
        return describe(name, {});
    };
    Feed feed(std::move(options));
    for (int i = 0; i < 3; ++i) feed.send({.after = R"({"id":1,"dropped":"x","gone":{"a":[1]},"name":"a"})"});
    EXPECT_EQ(feed.shapes(), 1);
    EXPECT_EQ(feed.rows().rows(), 3U);
    EXPECT_EQ(feed.cell("name"), "a");
    EXPECT_THAT(feed.decoder().ignored_fields(), ElementsAre("dropped", "gone"));
    EXPECT_EQ(asked, 3);  // once to begin with, once for each field
}

// The catalog's answer is older than the message: the column has been widened since.
TEST(Schemaless, AValueThatDoesNotFitAsksAgain) {
    auto type = std::make_shared<std::string>("int4");
    DebeziumOptions options;
    options.describe_table = [type](const TableName& name, const SourceTransaction&) {
        return SourceTable{name, {source_column("id", "int4"), source_column("v", *type)}, {"id"}, 'd'};
    };
    Feed feed(std::move(options));
    feed.send({.after = R"({"id":1,"v":1})"});
    *type = "int8";
    feed.send({.after = R"({"id":1,"v":3000000000})"});
    EXPECT_EQ(feed.shapes(), 2);
    EXPECT_EQ(feed.cell("v"), "3000000000");
    EXPECT_EQ(refusal([&] { feed.send({.after = R"({"id":1,"v":"text"})"}); }).kind(), ErrorKind::data);
}

TEST(Schemaless, ATableThatIsGoneNeedsInference) {
    DebeziumOptions options = catalog();
    Feed strict(options);
    EXPECT_EQ(refusal([&] { strict.send({.after = R"({"id":1})", .table = "gone"}); }).kind(), ErrorKind::schema);
    options.infer_types = true;
    Feed lenient(std::move(options));
    lenient.send({.after = R"({"id":1})", .table = "gone"});
    EXPECT_EQ(lenient.cell("id"), "1");
}

DebeziumOptions inferring() {
    DebeziumOptions options;
    options.infer_types = true;
    return options;
}

TEST(Inferred, TypesComeFromTheValues) {
    Feed feed(inferring());
    feed.send(
        {.after = R"({"id":1,"f":1.5,"b":true,"t":"x","j":{"a":[1]},"l":[1],"big":12345678901234567890,"n":null})"});
    const auto kind = [&](size_t column) { return feed.schema().columns[column].type.kind; };
    ASSERT_EQ(feed.schema().columns.size(), 7U);  // nothing is known of n
    EXPECT_EQ(kind(0), TypeKind::int64);
    EXPECT_EQ(kind(1), TypeKind::float64);
    EXPECT_EQ(kind(2), TypeKind::boolean);
    EXPECT_EQ(kind(3), TypeKind::varchar);
    EXPECT_EQ(kind(4), TypeKind::json);
    EXPECT_EQ(kind(5), TypeKind::json);
    EXPECT_EQ(feed.cell("big"), "12345678901234567890");
    EXPECT_EQ(feed.cell("j"), R"({"a":[1]})");
}

TEST(Inferred, ColumnsComeWithTheirFirstValueAndWidenToText) {
    Feed feed(inferring());
    feed.send({.after = R"({"id":1,"v":null})"});
    feed.send({.after = R"({"id":1,"v":5})"});
    EXPECT_EQ(feed.shapes(), 2);
    EXPECT_EQ(feed.cell("v"), "5");
    feed.send({.after = R"({"id":1,"v":5.5})"});
    EXPECT_EQ(feed.shapes(), 3);
    EXPECT_EQ(feed.schema().columns[1].type.kind, TypeKind::varchar);
    EXPECT_EQ(feed.cell("v"), "5.5");
    feed.send({.after = R"({"id":1,"v":[true]})"});
    feed.send({.after = R"({"id":1,"v":"text"})"});
    feed.send({.after = R"({"id":1})"});
    EXPECT_EQ(feed.shapes(), 3);
    EXPECT_EQ(feed.cell("v", 1), "[true]");
    EXPECT_EQ(feed.cell("v", 2), "text");
    EXPECT_EQ(feed.cell("v", 3), std::nullopt);
}

TEST(Inferred, ANewKeyKeepsTheColumns) {
    Feed feed(inferring());
    feed.send({.after = R"({"id":1,"a":"x","b":2})"});
    feed.send({.after = R"({"id":1,"b":2,"a":null})", .key = R"({"id":1,"b":2})"});
    EXPECT_THAT(feed.schema().key, ElementsAre(0, 2));
    EXPECT_EQ(feed.schema().columns.size(), 3U);
}

TEST(Contract, RowsOfAnotherSchemaAreABug) {
    Feed feed;
    feed.send(schema(), {.after = R"({"id":1,"name":"a"})"});
    RowBatch stranger(std::make_shared<TableSchema>());
    const std::string value = framed(schema(), envelope_of({.after = R"({"id":1,"name":"a"})"})), key = R"({"id":1})";
    Message message;
    message.value = value;
    message.key = key;
    Event event;
    EXPECT_EQ(refusal([&] { feed.decoder().decode(message, &stranger, false, event); }).kind(), ErrorKind::internal);
    EXPECT_EQ(feed.decoder().decode(message, nullptr, false, event), DebeziumDecoder::Outcome::shape_changed);
}

}  // namespace
}  // namespace pintail::wire
