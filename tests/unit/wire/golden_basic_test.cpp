// Whole recordings → the tables as Postgres printed them at the end.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay.hpp"

namespace pintail::wire {
namespace {

std::vector<TextRow> sorted(std::vector<TextRow> rows) {
    std::sort(rows.begin(), rows.end());
    return rows;
}

DebeziumOptions with_catalog() {
    DebeziumOptions options;
    options.describe_table = golden_catalog;
    options.decimal_handling = DecimalHandling::precise;  // what these recordings were made with
    return options;
}

class GoldenBasic : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override { replay_.apply_all(golden_messages(GetParam())); }

    void expect_table(const std::string& name) {
        EXPECT_EQ(sorted(replay_.table(name).rows), sorted(golden_table("basic." + name).rows)) << name;
    }

    Replay replay_{with_catalog()};
};

TEST_P(GoldenBasic, LeadsToTheTablesOfTheSource) {
    for (const char* name : {"users", "orders", "nopk", "toast_t"}) expect_table(name);
}

TEST_P(GoldenBasic, MessagesWithoutRowsAreToldApart) {
    EXPECT_EQ(replay_.others, 2);      // pg_logical_emit_message
    EXPECT_EQ(replay_.tombstones, 5);  // 2 of users, 2 of orders, 1 of nopk
    EXPECT_EQ(replay_.truncates, 3);   // orders, users, and orders again by CASCADE
}

TEST_P(GoldenBasic, KeysComeFromTheMessagesKeys) {
    EXPECT_THAT(replay_.table("users").schema->key, ::testing::ElementsAre(0));
    EXPECT_FALSE(replay_.table("nopk").schema->has_key());
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenBasic, ::testing::Values("basic_schemas_true", "basic_schemas_false"));

}  // namespace
}  // namespace pintail::wire
