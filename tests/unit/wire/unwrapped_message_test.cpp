// Rows that ExtractNewRecordState has unwrapped (docs/debezium.md, "Unwrapped messages").
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "sample_messages.hpp"

namespace pintail::wire {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSchema =
    R"({"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"},{"type":"string","optional":true,"field":"v"},{"type":"string","field":"__op"},)"
    R"({"type":"string","field":"__deleted"}],"name":"p.public.t.Value"})";

std::string row(const std::string& fields) {
    return framed(kSchema, "{" + fields + "}");
}

const std::string kKey = R"({"id":1})";

TEST(Unwrapped, RowsAreWhatTheirEnvelopeWouldSay) {
    Feed feed;
    EXPECT_EQ(feed.raw(row(R"("id":1,"v":"a\"b","__op":"c","__deleted":"false")"), kKey).op, Op::insert);
    EXPECT_EQ(feed.cell("v"), "a\"b");
    EXPECT_EQ(feed.schema().columns.size(), 2u);
    EXPECT_EQ(feed.schema().key, (std::vector<uint32_t>{0}));
    EXPECT_EQ(feed.raw(row(R"("id":1,"v":"__debezium_unavailable_value","__op":"u","__deleted":"false")"), kKey).op,
              Op::update);
    EXPECT_EQ(feed.cell("v"), "<unchanged>");
    EXPECT_EQ(feed.raw(row(R"("id":1,"v":null,"__op":"r","__deleted":"false")"), kKey).snapshot,
              SnapshotMark::incremental);
    EXPECT_EQ(feed.raw(row(R"("id":1,"v":"b","__op":"d","__deleted":"true")"), kKey).op, Op::remove);
    EXPECT_EQ(feed.cell("id"), "1");
    EXPECT_EQ(feed.raw(std::nullopt, kKey).kind, EventKind::tombstone);
    EXPECT_EQ(feed.shapes(), 1);
}

TEST(Unwrapped, WithoutAnOpARowIsAnUpdate) {
    Feed feed;
    EXPECT_EQ(feed.raw(row(R"("id":1,"v":"a","__deleted":"false")"), kKey).op, Op::update);
}

TEST(Unwrapped, WhatWasAddedSaysWhereTheRowIsFrom) {
    Feed feed(with_table({source_column("id", "int4"), source_column("v", "text")}));
    const Event event = feed.raw(
        R"({"id":1,"v":"x","__op":"u","__deleted":"false","__schema":"public","__table":"t","__lsn":77,"__source_ts_ms":5})",
        kKey);
    EXPECT_EQ(event.lsn, 77u);
    EXPECT_EQ(event.source_time_us, 5000);
    EXPECT_EQ(to_string(feed.schema().name), "public.t");
}

TEST(Unwrapped, WithoutItsMarkOfDeletesItIsRefused) {
    Feed feed;
    try {
        feed.raw(row(R"("id":1,"v":"a","__op":"c")"), kKey);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data);
        EXPECT_THAT(error.what(), HasSubstr("rewrite"));
    }
}

}  // namespace
}  // namespace pintail::wire
