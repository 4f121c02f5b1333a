// What is lost of a column, by the encoding that its first message shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sample_messages.hpp"
#include "wire/debezium_loss.hpp"

namespace pintail::wire {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string loss_by_schema(const std::string& schema) {
    Feed feed;
    const std::string fields =
        fmt::format(R"({{"type":"int32","field":"id"}},{{{},"optional":true,"field":"v"}})", schema);
    feed.send(envelope_schema_of(fields), {.after = R"({"id":1,"v":null})"});
    return std::string(debezium_loss(feed.schema().columns[1].source_type));
}

std::string array_of(const std::string& element, bool optional = true) {
    return fmt::format(R"("type":"array","items":{{{},"optional":{}}})", element, optional);
}

TEST(DebeziumLoss, OfScalars) {
    EXPECT_THAT(loss_by_schema(R"("type":"int32")"), IsEmpty());
    EXPECT_THAT(loss_by_schema(R"("type":"bytes")"), IsEmpty());
    EXPECT_THAT(loss_by_schema(R"("type":"int64","name":"io.debezium.time.Timestamp")"), IsEmpty());
    EXPECT_THAT(loss_by_schema(R"("type":"string","name":"io.debezium.time.IsoTimestamp")"), IsEmpty());
    // One microsecond of all is taken for infinity, later ones go to the quarantine: no reason to warn of each column.
    EXPECT_THAT(loss_by_schema(R"("type":"int64","name":"io.debezium.time.MicroTimestamp")"), IsEmpty());
    EXPECT_THAT(loss_by_schema(R"("type":"string","name":"io.debezium.time.IsoTime")"), HasSubstr("24:00:00"));
    EXPECT_THAT(loss_by_schema(R"("type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"2147483647"})"),
                HasSubstr("zeros in front are gone"));
    EXPECT_THAT(loss_by_schema(R"("type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"8"})"),
                HasSubstr("bit varying(n)"));
}

TEST(DebeziumLoss, OfArrays) {
    EXPECT_THAT(loss_by_schema(array_of(R"("type":"int32")")), HasSubstr("dimensions"));
    EXPECT_THAT(loss_by_schema(array_of(R"("type":"bytes")")), Not(HasSubstr("with NULL")));
    EXPECT_THAT(loss_by_schema(array_of(R"("type":"bytes")", false)), HasSubstr("with NULL"));
    EXPECT_THAT(loss_by_schema(array_of(R"("type":"string","name":"io.debezium.data.Enum")", false)),
                HasSubstr("with NULL"));
    EXPECT_THAT(loss_by_schema(array_of(R"("type":"string","name":"io.debezium.time.ZonedTime")")),
                HasSubstr("offset"));
    EXPECT_THAT(loss_by_schema(array_of(R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal",)"
                                        R"("parameters":{"scale":"2","connect.decimal.precision":"10"})")),
                HasSubstr("NaN"));
    // One value of pgvector's.
    EXPECT_THAT(loss_by_schema(array_of(R"("type":"double")", false) + R"(,"name":"io.debezium.data.DoubleVector")"),
                IsEmpty());
}

TEST(DebeziumLoss, ByTheCatalogsNames) {
    EXPECT_THAT(std::string(debezium_loss("bit varying(8)")), HasSubstr("bit varying(n)"));
    EXPECT_THAT(std::string(debezium_loss("bit(8)")), IsEmpty());
    EXPECT_THAT(std::string(debezium_loss("bit(3)[]")), HasSubstr("nothing of it comes"));
    EXPECT_THAT(std::string(debezium_loss("numbers (array)")), HasSubstr("dimensions"));
    EXPECT_THAT(std::string(debezium_loss("money[]")), HasSubstr("nothing of it comes"));
    EXPECT_THAT(std::string(debezium_loss("numeric(10,2)[]")), HasSubstr("NaN"));
    EXPECT_THAT(std::string(debezium_loss("timestamp without time zone")), IsEmpty());
}

}  // namespace
}  // namespace pintail::wire
