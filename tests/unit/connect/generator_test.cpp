#include "connect/generator.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "connect/connector.hpp"
#include "core/error.hpp"

namespace pintail::connect {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

const std::filesystem::path kFolder = std::filesystem::path(PINTAIL_SOURCE_DIR) / "connectors";

std::string our_template() {
    return read(kFolder / "connector_template.json");
}

config::Settings known_source() {
    config::Settings settings;
    settings.topic_prefix = "dbserver1";
    settings.postgres = {"127.0.0.1", "5432", "shop", "p{{name}}\"\\", "shopdb"};
    return settings;
}

std::vector<GeneratedConnector> generate(const std::string& text, const std::vector<ConnectorEntry>& entries,
                                         SecretsMode secrets = SecretsMode::provider,
                                         const config::Settings& settings = known_source()) {
    return generate_connectors(text, "template.json", entries,
                               {settings.topic_prefix, settings.decimal_handling, source_reference(settings, secrets)});
}

const ConnectorEntry kUsers{"users", "public", {"users"}, true, {}};

std::string refusal(const std::string& text, const std::vector<ConnectorEntry>& entries = {kUsers}) {
    try {
        generate(text, entries);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::config);
        return error.what();
    }
    return "accepted";
}

TEST(Generator, TheCommittedExampleIsWhatItMakes) {
    const auto entries = read_connector_config(read(kFolder / "connector_config.json"), "connector_config.json");
    const auto made = generate(our_template(), entries);
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made[0].file_name, "public-users-connector.json");
    EXPECT_EQ(made[0].json, read(kFolder / made[0].file_name)) << "run: pintail connectors generate";
}

TEST(Generator, FillsEveryPlaceholder) {
    const auto made = generate(our_template(), {{"Orders", "shop", {"Order, Lines", "x"}, true, {}}});
    EXPECT_EQ(made[0].name, "shop-Orders-connector");
    EXPECT_THAT(made[0].json, Not(HasSubstr("{{")));
    const auto properties = parse_connector(made[0].json, "made").properties;
    EXPECT_EQ(properties.at("slot.name"), "dbserver1_shop_orders");
    EXPECT_EQ(properties.at("publication.name"), "dbserver1_shop_orders");
    EXPECT_EQ(properties.at("topic.prefix"), "dbserver1");
    EXPECT_EQ(properties.at("table.include.list"), R"((?-i)shop\.Order\, Lines,(?-i)shop\.x)");
    EXPECT_EQ(source_use(properties)->tables, (std::vector<TableName>{{"shop", "Order, Lines"}, {"shop", "x"}}));
}

TEST(Generator, TheTemplatesDefaultsLoseNothing) {
    const auto properties = parse_connector(generate(our_template(), {kUsers})[0].json, "made").properties;
    const Properties safe = {{"key.converter.replace.null.with.default", "false"},
                             {"value.converter.replace.null.with.default", "false"},
                             {"skipped.operations", "none"},
                             {"publication.autocreate.mode", "filtered"},
                             {"exactly.once.support", "required"},
                             {"topic.creation.default.partitions", "1"},
                             {"slot.drop.on.stop", "false"},
                             {"errors.tolerance", "none"},
                             {"tombstones.on.delete", "true"},
                             {"event.processing.failure.handling.mode", "fail"},
                             {"producer.override.max.request.size", "16777216"},
                             {"topic.creation.default.max.message.bytes", "16777216"}};
    for (const auto& [key, value] : safe) {
        ASSERT_TRUE(properties.contains(key)) << key;
        EXPECT_EQ(properties.at(key), value) << key;
    }
}

TEST(Generator, DecimalsAreReadableWithoutSchemas) {
    auto entry = kUsers;
    const auto mode = [&](config::DecimalHandling handling) {
        auto settings = known_source();
        settings.decimal_handling = handling;
        return parse_connector(generate(our_template(), {entry}, SecretsMode::provider, settings)[0].json, "made")
            .properties.at("decimal.handling.mode");
    };
    EXPECT_EQ(mode(config::DecimalHandling::automatic), "precise");
    EXPECT_EQ(mode(config::DecimalHandling::floating), "double");
    entry.schemas_enabled = false;
    EXPECT_EQ(mode(config::DecimalHandling::automatic), "string");
    EXPECT_EQ(mode(config::DecimalHandling::precise), "precise");
}

TEST(Generator, OverridesReplaceInPlaceAndAddAtTheEnd) {
    auto entry = kUsers;
    entry.overrides = {{"snapshot.mode", "no_data"}, {"zzz", "new"}};
    const auto json = nlohmann::ordered_json::parse(generate(our_template(), {entry})[0].json);
    EXPECT_EQ(json["config"]["snapshot.mode"], "no_data");
    EXPECT_EQ(std::prev(json["config"].end()).key(), "zzz");
}

TEST(Generator, ProviderModeHoldsNoSecret) {
    auto settings = known_source();
    const auto json = generate(our_template(), {kUsers})[0].json;
    EXPECT_THAT(json, AllOf(HasSubstr("${env:POSTGRES_PASSWORD}"), Not(HasSubstr("shopdb")),
                            Not(HasSubstr(settings.postgres.password))));
    settings.connect_secrets_file = "/run/secrets/shop";
    settings.connect_source = {"postgres", "5433"};
    const auto properties =
        parse_connector(generate(our_template(), {kUsers}, SecretsMode::provider, settings)[0].json, "made").properties;
    EXPECT_EQ(properties.at("database.password"), "${file:/run/secrets/shop:POSTGRES_PASSWORD}");
    EXPECT_EQ(properties.at("database.hostname"), "postgres");
    EXPECT_EQ(properties.at("database.port"), "5433");
}

TEST(Generator, InlineModeHoldsThemAsTheyAre) {
    const auto properties =
        parse_connector(generate(our_template(), {kUsers}, SecretsMode::inline_)[0].json, "made").properties;
    EXPECT_EQ(properties.at("database.password"), "p{{name}}\"\\") << "a value must not be searched for placeholders";
    EXPECT_EQ(properties.at("database.hostname"), "127.0.0.1");
    EXPECT_EQ(properties.at("database.dbname"), "shopdb");
    config::Settings unknown;
    EXPECT_THROW(source_reference(unknown, SecretsMode::inline_), Error);
}

TEST(Generator, PlaceholdersMustBeKnown) {
    const auto text = refusal(
        "{\n \"name\": \"{{name}}\",\n \"config\": {\n  \"a\": \"{{shcema}}\",\n  \"b\": \"{{name\",\n  \"c\": "
        "\"{{completely_unlike}}\"}}");
    EXPECT_THAT(text,
                AllOf(HasSubstr("template.json:4:3: {{shcema}} is no placeholder; did you mean {{schema}}?"),
                      HasSubstr("template.json:5:3: a placeholder's closing }}"),
                      HasSubstr("template.json:6:3: {{completely_unlike}} is no placeholder; known are database")));
}

TEST(Generator, TheTemplatesShapeIsChecked) {
    EXPECT_THAT(refusal("{\"config\": {}}"), HasSubstr("a template reads"));
    EXPECT_THAT(refusal("[1]"), HasSubstr("a template reads"));
    EXPECT_THAT(refusal("{\"name\": \"x\", \"config\": {}, \"confg\": 1}"), HasSubstr("\"confg\" is unknown here"));
    EXPECT_THAT(refusal("{\"name\": \"x\", \"config\": {\"a\": [1]}}"),
                HasSubstr("template.json:1:26: \"a\" must be a text"));
}

TEST(Generator, NoTwoConnectorsShareASlot) {
    auto other = kUsers;
    other.name = "Users";
    EXPECT_THAT(refusal(our_template(), {kUsers, other}),
                HasSubstr("have the same slot.name \"dbserver1_public_users\""));
    EXPECT_THAT(refusal("{\"name\": \"fixed\", \"config\": {}}", {kUsers, other}),
                HasSubstr("have the same name \"fixed\""));
}

TEST(Generator, FilesWithSecretsAreForTheirOwnerOnly) {
    const auto folder = std::filesystem::temp_directory_path() / ("pintail-generator-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    const auto mode = [&](SecretsMode secrets) {
        const auto path = write_connectors(folder, generate(our_template(), {kUsers}, secrets), secrets).at(0);
        struct stat info {};
        stat(path.c_str(), &info);
        return info.st_mode & 0777u;
    };
    EXPECT_EQ(mode(SecretsMode::provider) & 0600u, 0600u);
    EXPECT_EQ(mode(SecretsMode::inline_), 0600u) << "also when a readable one was there";
    std::filesystem::remove_all(folder);
    EXPECT_THROW(write_connectors(folder, generate(our_template(), {kUsers}), SecretsMode::provider), Error);
}

TEST(Connector, RefusesWhatIsNone) {
    EXPECT_THROW(parse_connector("{\"name\": \"x\"}", "f"), Error);
    EXPECT_THROW(parse_connector("{\"name\": \"x\", \"config\": {\"a\": {}}}", "f"), Error);
    EXPECT_EQ(parse_connector("{\"name\": \"x\", \"config\": {\"a\": 1}}", "f").properties.at("a"), "1");
}

TEST(Connector, KnowsWhatItUsesAtTheSource) {
    EXPECT_FALSE(source_use({{"connector.class", "FileStreamSource"}}));
    const auto bare = source_use({{"connector.class", kPostgresConnector}});
    EXPECT_EQ(bare->slot, "debezium");
    EXPECT_EQ(bare->publication, "dbz_publication");
    EXPECT_FALSE(bare->tables);
    EXPECT_FALSE(bare->via_partition_root);
}

TEST(Connector, KnowsWhichDebeziumCanPublishRoots) {
    EXPECT_TRUE(knows_partition_root("3.7.0.Final"));
    EXPECT_TRUE(knows_partition_root("3.2.0.Final"));
    EXPECT_TRUE(knows_partition_root("4.0.0"));
    EXPECT_FALSE(knows_partition_root("3.1.3.Final"));
    EXPECT_FALSE(knows_partition_root("2.6.2.Final"));
    EXPECT_FALSE(knows_partition_root("null"));
}

}  // namespace
}  // namespace pintail::connect
