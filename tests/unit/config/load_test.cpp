#include "config/load.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

#include "config/setting_spec.hpp"
#include "core/error.hpp"
#include "core/source.hpp"

namespace pintail::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Load : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() / ("pintail-config-" + std::to_string(getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        request_.folder = folder_;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, const std::string& text, mode_t mode = 0600) {
        std::ofstream(folder_ / name) << text;
        ASSERT_EQ(chmod((folder_ / name).c_str(), mode), 0);
    }

    LoadedSettings load() { return load_settings(request_); }

    // What the refusal says; empty: it was not refused.
    std::string refusal() {
        try {
            load();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::config);
            return error.what();
        }
        return {};
    }

    static ShownValue shown(const LoadedSettings& loaded, const std::string& key) {
        for (const auto& value : loaded.values)
            if (value.key == key) return value;
        return {};
    }

    std::filesystem::path folder_;
    LoadRequest request_;
};

TEST_F(Load, NothingWrittenGivesDefaults) {
    const auto settings = load().settings;
    EXPECT_EQ(settings.target, "cdc_pipeline.duckdb");
    EXPECT_EQ(settings.group, "pintail-cdc_pipeline");
    EXPECT_EQ(settings.source, "");
    EXPECT_THAT(settings.brokers, ElementsAre("localhost:29092"));
    EXPECT_THAT(settings.topics, ElementsAre("dbserver1.*.*"));
    EXPECT_EQ(settings.connect_url, "http://localhost:8083");
    EXPECT_EQ(settings.mode, TableMode::mirror);
    EXPECT_FALSE(settings.until);
    const BatchLimits limits;
    EXPECT_EQ(settings.batch.rows, limits.rows);
    EXPECT_EQ(settings.batch.bytes, limits.bytes);
    EXPECT_EQ(settings.batch.age, limits.age);
}

TEST_F(Load, EachLayerOverridesTheOneBefore) {
    const auto target = [&] { return std::pair(load().settings.target, shown(load(), "target").origin); };
    EXPECT_EQ(target(), std::pair(std::string("cdc_pipeline.duckdb"), std::string("default")));
    write("pintail.toml", "# mine\ntarget = 'toml.duckdb'\n");
    EXPECT_EQ(target(), std::pair(std::string("toml.duckdb"), std::string("pintail.toml:2")));
    write(".env", "DUCKDB_PATH=env.duckdb");
    EXPECT_EQ(target(), std::pair(std::string("env.duckdb"), std::string(".env:1")));
    request_.environment["PINTAIL_TARGET"] = "variable.duckdb";
    EXPECT_EQ(target(), std::pair(std::string("variable.duckdb"), std::string("PINTAIL_TARGET")));
    request_.flags["target"] = {"flag.duckdb"};
    EXPECT_EQ(target(), std::pair(std::string("flag.duckdb"), std::string("--target")));
}

TEST_F(Load, EmptyValuesSayNothing) {
    write(".env", "DUCKDB_PATH=\nTOPIC_PREFIX=''");
    request_.environment["PINTAIL_TARGET"] = "";
    EXPECT_EQ(load().settings.target, "cdc_pipeline.duckdb");
    EXPECT_EQ(load().settings.topic_prefix, "dbserver1");
}

TEST_F(Load, ComposesKeysAreLeftAlone) {
    write(".env",
          "PROJECT_NAME=shop\nKAFKA_VERSION=4.3.1\nCONNECT_GROUP_ID=1\nKAFKA_EXTERNAL_PORT=39092\nKAFKA_CONNECT_PORT="
          "18083\nTOPIC_PREFIX=shop");
    const auto loaded = load();
    EXPECT_THAT(loaded.warnings, IsEmpty());
    EXPECT_THAT(loaded.settings.brokers, ElementsAre("localhost:39092"));
    EXPECT_EQ(loaded.settings.connect_url, "http://localhost:18083");
    EXPECT_THAT(loaded.settings.topics, ElementsAre("shop.*.*"));
    EXPECT_EQ(shown(loaded, "brokers").origin, "derived from kafka.port");
}

// Both are addresses of one server: the one that was typed counts, and the whole address of two that were.
TEST_F(Load, AConnectPortThatIsTypedBeatsAnAddressInAFile) {
    write("pintail.toml", "[connect]\nurl = \"http://connect:1\"");
    write(".env", "KAFKA_CONNECT_PORT=18083");
    EXPECT_EQ(load().settings.connect_url, "http://connect:1");
    request_.flags["connect.port"] = {"2"};
    EXPECT_EQ(load().settings.connect_url, "http://localhost:2");
    request_.flags["connect.url"] = {"http://connect:3"};
    EXPECT_EQ(load().settings.connect_url, "http://connect:3");
}

TEST_F(Load, TheSourceIsBuiltFromCredentials) {
    write(".env", "POSTGRES_PORT=5433");
    write(".credentials", "POSTGRES_USER=shop\nPOSTGRES_PASSWORD='p@ss/w%rd'\nPOSTGRES_DB=shop");
    const auto loaded = load();
    EXPECT_EQ(loaded.settings.source, "postgres://shop:p%40ss%2Fw%25rd@127.0.0.1:5433/shop");
    EXPECT_EQ(loaded.settings.postgres.password, "p@ss/w%rd");
    EXPECT_EQ(shown(loaded, "source").value, "postgres://shop:******@127.0.0.1:5433/shop");
}

TEST_F(Load, AGivenSourceTakesItsPasswordFromCredentials) {
    write(".credentials", "POSTGRES_USER=shop\nPOSTGRES_PASSWORD=pw\nPOSTGRES_DB=shop");
    request_.flags["source"] = {"postgres://shop@elsewhere:1/other?sslmode=require"};
    EXPECT_EQ(load().settings.source, "postgres://shop:pw@elsewhere:1/other?sslmode=require");
    EXPECT_EQ(load().settings.postgres.host, "elsewhere");
    EXPECT_EQ(load().settings.postgres.database, "other");
    request_.flags["source"] = {"postgres://elsewhere/other"};
    EXPECT_EQ(load().settings.source, "postgres://shop:pw@elsewhere/other");
    request_.flags["source"] = {"postgres://somebody@elsewhere/other"};
    EXPECT_EQ(load().settings.source, "postgres://somebody@elsewhere/other");
    request_.flags["source"] = {"postgres://shop:own@elsewhere/other"};
    EXPECT_EQ(load().settings.source, "postgres://shop:own@elsewhere/other");
}

TEST_F(Load, SecretsAreNeverShown) {
    write(".credentials", "POSTGRES_USER=shop\nPOSTGRES_PASSWORD=hunter2\nPOSTGRES_DB=shop");
    request_.flags["source"] = {"host=h password=hunter2"};
    request_.environment["PINTAIL_CONNECT_URL"] = "http://me:hunter2@connect:8083";
    const auto table = format_values(load().values);
    EXPECT_THAT(table, Not(HasSubstr("hunter2")));
    EXPECT_THAT(table, HasSubstr("******"));
    request_.environment["PINTAIL_CONNECT_URL"] = "nothttp://me:hunter2@connect:8083";
    EXPECT_THAT(refusal(), AllOf(HasSubstr("connect.url"), Not(HasSubstr("hunter2"))));
}

TEST_F(Load, SecretsBelongInCredentials) {
    write(".env", "A=b\nPOSTGRES_PASSWORD=hunter2");
    write("pintail.toml", "source = 'postgres://u:hunter2@h/d'\n[postgres]\npassword = 'hunter2'");
    const auto text = refusal();
    EXPECT_THAT(text, AllOf(HasSubstr(".env:2: POSTGRES_PASSWORD is a secret"),
                            HasSubstr("pintail.toml:1: source holds a password"),
                            HasSubstr("pintail.toml:3: postgres.password"), Not(HasSubstr("hunter2"))));
}

TEST_F(Load, AllProblemsComeAtOnceWithTheirPlaces) {
    write("pintail.toml", "mode = 'mirrored'\ntargte = 'x'\n[batch]\nrows = 0\nage = '1 fortnight'\n");
    write(".env", "KAFKA_EXTERNAL_PORT=kafka\nmalformed\n");
    request_.environment["PINTAIL_ON_ERROR"] = "shrug";
    request_.flags["until"] = {"tomorrow"};
    const auto text = refusal();
    EXPECT_THAT(text, HasSubstr("8 problems"));
    for (const char* place : {"pintail.toml:1: mode", "pintail.toml:2: targte is not a setting; did you mean target?",
                              "pintail.toml:4: batch.rows", "pintail.toml:5: batch.age", ".env:1: kafka.port",
                              ".env:2: there is no =", "PINTAIL_ON_ERROR: on_error", "--until: until"})
        EXPECT_THAT(text, HasSubstr(place));
    EXPECT_THAT(text, HasSubstr("one of mirror, soft-delete, history"));
}

TEST_F(Load, TomlSyntaxErrorsNameLineAndColumn) {
    write("pintail.toml", "target = 'a'\nmode = \n");
    EXPECT_THAT(refusal(), HasSubstr("pintail.toml:2:"));
}

TEST_F(Load, TomlTypes) {
    write("pintail.toml", "brokers = ['a:1', 'b:2']\ntables = 'public.*, shop.x'\ninfer = true\n[batch]\nrows = 7\n");
    const auto settings = load().settings;
    EXPECT_THAT(settings.brokers, ElementsAre("a:1", "b:2"));
    EXPECT_THAT(settings.tables, ElementsAre("public.*", "shop.x"));
    EXPECT_TRUE(settings.infer);
    EXPECT_EQ(settings.batch.rows, 7u);
    write("pintail.toml", "target = ['a']\nbrokers = [1]\non_error = 1.5\n");
    EXPECT_THAT(refusal(),
                AllOf(HasSubstr("toml:1: target"), HasSubstr("toml:2: brokers"), HasSubstr("toml:3: on_error")));
}

TEST_F(Load, ListFlagsMayBeRepeatedAndSeparated) {
    request_.flags["tables"] = {"public.*,shop.x", "a.b"};
    EXPECT_THAT(load().settings.tables, ElementsAre("public.*", "shop.x", "a.b"));
}

TEST_F(Load, AnotherConfigFileReplacesPintailToml) {
    write("pintail.toml", "target = 'a'");
    write("other.toml", "target = 'b'");
    request_.config_file = folder_ / "other.toml";
    EXPECT_EQ(load().settings.target, "b");
    request_.config_file = folder_ / "missing.toml";
    EXPECT_THAT(refusal(), AllOf(HasSubstr("missing.toml"), HasSubstr("No such file")));
}

TEST_F(Load, WarnsOfReadableCredentials) {
    write(".credentials", "POSTGRES_USER=shop", 0644);
    const auto warnings = load().warnings;
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_THAT(warnings[0].text, HasSubstr("chmod 600"));
    write(".credentials", "POSTGRES_USER=shop", 0600);
    EXPECT_THAT(load().warnings, IsEmpty());
}

TEST_F(Load, WarnsOfMisspeltVariablesOnly) {
    request_.environment = {{"PINTAIL_TARGTE", "x"}, {"PINTAIL_TEST_SOMETHING_ELSE", "y"}, {"PATH", "z"}};
    const auto warnings = load().warnings;
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_EQ(warnings[0].place, "PINTAIL_TARGTE");
    EXPECT_THAT(warnings[0].text, HasSubstr("PINTAIL_TARGET"));
}

TEST(SettingSpecs, NamesAreUnique) {
    std::set<std::string> names;
    for (const auto& spec : setting_specs()) {
        EXPECT_TRUE(names.insert(environment_name(spec)).second) << spec.key;
        EXPECT_TRUE(names.insert(flag_name(spec)).second) << spec.key;
        const std::string dotenv(spec.dotenv);
        EXPECT_TRUE(dotenv.empty() || names.insert(dotenv).second) << spec.key;
    }
}

TEST(SettingSpecs, TheDocumentedTableIsThisTable) {
    std::ifstream in(PINTAIL_SOURCE_DIR "/docs/configuration.md");
    const std::string page((std::istreambuf_iterator<char>(in)), {});
    EXPECT_THAT(page, HasSubstr(settings_table_markdown())) << "paste this into docs/configuration.md:\n"
                                                            << settings_table_markdown();
}

TEST_F(Load, ModesOfTablesComeFromTomlTableOrListAndFromFlags) {
    write("pintail.toml", "[modes]\n\"public.orders\" = \"history\"\n\"crm.*\" = \"soft-delete\"\n");
    const auto of_table = load().settings.table_modes;
    ASSERT_EQ(of_table.size(), 2u);
    EXPECT_EQ(of_table[0].pattern, "crm.*");
    EXPECT_EQ(of_table[0].mode, TableMode::soft_delete);
    EXPECT_EQ(of_table[1].pattern, "public.orders");
    EXPECT_EQ(of_table[1].mode, TableMode::history);
    write("pintail.toml", "table_mode = ['crm.*=soft-delete']\n");
    EXPECT_EQ(load().settings.table_modes.at(0).mode, TableMode::soft_delete);
    request_.flags["table_mode"] = {"a.b=mirror", "c.*=history"};
    const auto of_flags = load().settings.table_modes;
    ASSERT_EQ(of_flags.size(), 2u);
    EXPECT_EQ(of_flags[1].pattern, "c.*");
}

TEST_F(Load, AModeThatIsNoneIsNamedWithItsPlace) {
    write("pintail.toml", "[modes]\n\"public.orders\" = \"historic\"\n");
    EXPECT_NE(
        refusal().find("table_mode is \"public.orders=historic\" but must be a list of PATTERN=CHOICE, the choice "
                       "one of mirror, soft-delete, history"),
        std::string::npos)
        << refusal();
    write("pintail.toml", "[modes]\npublic.items = 'history'\n");
    EXPECT_NE(refusal().find("table_mode must be"), std::string::npos) << refusal();
    write("pintail.toml", "table_mode = ['a.b=history']\n[modes]\n'a.c' = 'history'\n");
    EXPECT_NE(refusal().find("table_mode stands in"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace pintail::config
