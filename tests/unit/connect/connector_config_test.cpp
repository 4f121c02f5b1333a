#include "connect/connector_config.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace pintail::connect {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& text) {
    try {
        read_connector_config(text, "config.json");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::config);
        return error.what();
    }
    return "accepted";
}

TEST(ConnectorConfig, ReadsEntriesInOrder) {
    const auto entries = read_connector_config(R"({"schemas": [
        {"name": "users", "schema": "public", "tables": ["users", "Orders"]},
        {"name": "x", "schema": "shop", "tables": ["a"], "schemas_enabled": false, "overrides": {"b": 2, "a": "1", "c": true}}]})",
                                               "config.json");
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].name, "users");
    EXPECT_EQ(entries[0].schema, "public");
    EXPECT_THAT(entries[0].tables, ElementsAre("users", "Orders"));
    EXPECT_TRUE(entries[0].schemas_enabled);
    EXPECT_FALSE(entries[1].schemas_enabled);
    EXPECT_EQ(entries[1].overrides, (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}, {"c", "true"}}));
}

TEST(ConnectorConfig, SyntaxErrorsNameLineAndColumn) {
    EXPECT_THAT(refusal("{\"schemas\": [\n  {\"name\" \"x\"}\n]}"),
                AllOf(HasSubstr("config.json:2:"), HasSubstr("no valid JSON")));
    EXPECT_THAT(refusal(""), HasSubstr("config.json:1:1: is no valid JSON"));
    EXPECT_THAT(refusal("{\"schemas\": []} x"), HasSubstr("no valid JSON"));
}

TEST(ConnectorConfig, KeysThatStandTwiceAreRefused) {
    EXPECT_THAT(refusal("{\"schemas\": [],\n \"schemas\": []}"),
                HasSubstr("config.json:2:2: \"schemas\" stands twice"));
}

TEST(ConnectorConfig, AllProblemsComeAtOnceWithTheirPlaces) {
    const auto text = refusal(R"({"schemas": [
  {"name": "a b", "schema": "public", "tables": ["t"]},
  {"name": "c", "shcema": "public", "tables": []},
  {"name": "d", "schema": "s", "tables": ["x", "x", "y z", "y_z", 7], "schemas_enabled": "yes",
   "overrides": {"p": null}},
  {"name": "d", "schema": "s", "tables": ["w"]},
  "e"
], "extra": 1})");
    for (const char* part :
         {"config.json:2:4: \"a b\" is no name", "config.json:3:17: \"shcema\" is unknown here; did you mean schema?",
          "config.json:3:3: \"schema\" is missing", "config.json:3:37: \"tables\" must be a list",
          "table s.x is listed twice", "table s.y_z would share the topic …s.y_z",
          "config.json:4:", "a table's name must be a text", "\"schemas_enabled\" must be true or false",
          "config.json:5:18: \"p\" must be a text", "two connectors \"d\" of schema \"s\"",
          "config.json:7:5: must be an object", "config.json:8:4: \"extra\" is unknown here"})
        EXPECT_THAT(text, HasSubstr(part));
}

TEST(ConnectorConfig, TheListMustBeThere) {
    EXPECT_THAT(refusal("[]"), HasSubstr("must be an object"));
    EXPECT_THAT(refusal("{}"), HasSubstr("\"schemas\" must be a list"));
    EXPECT_THAT(refusal("{\"schemas\": []}"), HasSubstr("\"schemas\" must be a list"));
}

}  // namespace
}  // namespace pintail::connect
