#include "postgres/connection.hpp"

#include <gmock/gmock.h>

#include "postgres/connect_failure.hpp"
#include "temporary_server.hpp"

namespace pintail::postgres {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class OnServer : public testing::Test {
protected:
    void SetUp() override {
        if (TemporaryServer::shared().url().empty())
            GTEST_SKIP() << "no Postgres server programs in /usr/lib/postgresql";
    }
};

std::string refusal(const std::string& url) {
    try {
        Connection connection(url);
    } catch (const Error& error) {
        return error.what();
    }
    return "connected";
}

TEST(SourceUrl, AMalformedOneIsRefusedWithoutShowingIt) {
    for (const char* url :
         {"postgres://u:hunter2@h:port/d", "postgres://u:hunter2@more@h/d", "postgres://u:hunter2%zz@h/d",
          "postgres://u:12/hunter2@h/d", "postgres://u:hunter2/x@h/d", "host='hunter2", "hunter2"}) {
        const auto text = refusal(url);
        EXPECT_THAT(text, AllOf(HasSubstr("the source URL is malformed"), HasSubstr("percent-encoded"),
                                Not(HasSubstr("hunter2")), Not(HasSubstr("more"))))
            << url;
    }
}

TEST(SourceUrl, NobodyThere) {
    try {
        Connection connection("postgres://u:hunter2@127.0.0.1:1/d");
        FAIL() << "connected";
    } catch (const SqlError& error) {
        EXPECT_TRUE(error.transient());
        EXPECT_EQ(error.kind(), ErrorKind::source);
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("127.0.0.1:1/d"), HasSubstr("is the server running"), Not(HasSubstr("hunter2"))));
    }
}

TEST(ConnectFailure, ReadsTheStateInAnyLanguage) {
    const auto error = connect_failure(
        "connection to server at \"h\", port 5432 failed: FATAL:  28P01: Passwort-Authentifizierung für Benutzer »u« "
        "fehlgeschlagen\nLOCATION:  auth_failed, auth.c:329\n",
        "h:5432/d");
    EXPECT_EQ(error.sqlstate(), "28P01");
    EXPECT_FALSE(error.transient());
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("Passwort-Authentifizierung"), HasSubstr(".credentials"), Not(HasSubstr("LOCATION"))));
}

TEST(ConnectFailure, KnowsWhatWhoLooksAfterTheServerCanMend) {
    const auto said = [](const std::string& message) { return shut_out(connect_failure(message, "h")); };
    for (const char* password : {"FATAL:  28P01: password authentication failed", "fe_sendauth: no password supplied"})
        EXPECT_THAT(said(password).value_or(""),
                    AllOf(HasSubstr(".credentials"), HasSubstr("~/.pgpass"), HasSubstr("restart pintail")));
    for (const char* other : {"FATAL:  28000: role \"r\" is not permitted to log in",
                              "FATAL:  42501: permission denied for database", "SSL error: certificate verify failed"})
        EXPECT_THAT(said(other).value_or("~/.pgpass"), Not(HasSubstr("~/.pgpass"))) << other;
    EXPECT_EQ(said("FATAL:  3D000: database \"x\" does not exist"), std::nullopt);
    EXPECT_EQ(said("Connection refused"), std::nullopt) << "that is waited out anyhow";
    EXPECT_EQ(shut_out(SqlError("permission denied for table t", "42501", false)), std::nullopt);
}

TEST(ConnectFailure, KnowsWhatMendsItself) {
    EXPECT_TRUE(connect_failure("FATAL:  57P03: the database system is starting up", "h").transient());
    EXPECT_TRUE(connect_failure("FATAL:  53300: sorry, too many clients already", "h").transient());
    EXPECT_FALSE(connect_failure("FATAL:  3D000: database \"x\" does not exist", "h").transient());
    EXPECT_FALSE(connect_failure("server does not support SSL, but SSL was required", "h").transient());
    EXPECT_THAT(connect_failure("SSL error: certificate verify failed", "h").what(), HasSubstr("sslrootcert"));
}

TEST_F(OnServer, SessionsArePinnedWhateverTheRoleSays) {
    Connection admin(TemporaryServer::shared().url());
    admin.exec(
        "DROP ROLE IF EXISTS odd; CREATE ROLE odd LOGIN; ALTER ROLE odd SET datestyle = 'German'; ALTER ROLE odd SET "
        "timezone = 'Asia/Tokyo'; "
        "ALTER ROLE odd SET intervalstyle = 'iso_8601'; ALTER ROLE odd SET bytea_output = 'escape'; ALTER ROLE odd SET "
        "extra_float_digits = -5; "
        "ALTER ROLE odd SET client_encoding = 'LATIN1'; ALTER ROLE odd SET statement_timeout = 100; "
        "ALTER ROLE odd SET quote_all_identifiers = on");
    Connection odd(TemporaryServer::shared().url_as("odd"));
    const auto row = odd.exec(
        "SELECT '2024-02-03 04:05:06+00'::timestamptz, '1 mon 2 days'::interval, '\\x00ff'::bytea, 0.1::float8 + "
        "0.2::float8, 'ü', pg_sleep(0.2)");
    EXPECT_EQ(row.text(0, 0), "2024-02-03 04:05:06+00");
    EXPECT_EQ(row.text(0, 1), "1 mon 2 days");
    EXPECT_EQ(row.text(0, 2), "\\x00ff");
    EXPECT_EQ(row.text(0, 3), "0.30000000000000004");
    EXPECT_EQ(row.text(0, 4), "ü");
    EXPECT_EQ(odd.exec("SHOW search_path").text(0, 0), "\"\"");
    EXPECT_EQ(odd.exec("SELECT 'pg_catalog.pg_class'::regclass").text(0, 0), "pg_class");
}

TEST_F(OnServer, NoSessionCompilesItsStatements) {
    Connection admin(TemporaryServer::shared().url());
    admin.exec("DROP ROLE IF EXISTS eager; CREATE ROLE eager LOGIN REPLICATION; ALTER ROLE eager SET jit = on");
    const std::string url = TemporaryServer::shared().url_as("eager");
    EXPECT_EQ(Connection(url).exec("SHOW jit").text(0, 0), "off");
    EXPECT_EQ(Connection(url, {.replication = true}).exec("SHOW jit").text(0, 0), "off");
}

TEST_F(OnServer, BindsParametersAndNull) {
    Connection connection(TemporaryServer::shared().url());
    const auto row = connection.exec("SELECT $1::text, $2::text, 42, true", {"it's \"x\"", std::nullopt});
    EXPECT_EQ(row.value(0, 0), "it's \"x\"");
    EXPECT_EQ(row.value(0, 1), std::nullopt);
    EXPECT_EQ(row.number(0, 2), 42);
    EXPECT_TRUE(row.flag(0, 3));
    EXPECT_THROW(row.value(1, 0), Error);
    EXPECT_THROW(row.value(0, 4), Error);
    EXPECT_THROW(row.number(0, 0), Error);
}

TEST_F(OnServer, QuotesForSql) {
    Connection connection(TemporaryServer::shared().url());
    const std::string odd = "a\"b'c\\d";
    EXPECT_EQ(connection.exec("SELECT " + quote_literal(odd) + " AS " + quote_identifier(odd)).text(0, 0), odd);
}

TEST_F(OnServer, FailedStatementsCarryTheirState) {
    Connection connection(TemporaryServer::shared().url());
    try {
        connection.exec("SELECT * FROM public.nowhere");
        FAIL() << "it is there";
    } catch (const SqlError& error) {
        EXPECT_EQ(error.sqlstate(), "42P01");
        EXPECT_FALSE(error.transient());
        EXPECT_THAT(error.what(), HasSubstr("nowhere"));
    }
    EXPECT_EQ(connection.exec("SELECT 1").number(0, 0), 1) << "the session goes on";
}

TEST_F(OnServer, ALostSessionIsTransient) {
    Connection connection(TemporaryServer::shared().url());
    Connection other(TemporaryServer::shared().url());
    other.exec("SELECT pg_terminate_backend($1::int)",
               {std::string(connection.exec("SELECT pg_backend_pid()").text(0, 0))});
    try {
        for (int i = 0; i < 2; ++i) connection.exec("SELECT pg_sleep(0.1)");
        FAIL() << "still there";
    } catch (const SqlError& error) {
        EXPECT_TRUE(error.transient()) << error.what();
    }
}

TEST_F(OnServer, ReplicationSessionsTakeReplicationCommands) {
    Connection connection(TemporaryServer::shared().url(), {.replication = true});
    EXPECT_EQ(connection.exec("IDENTIFY_SYSTEM").columns(), 4);
}

TEST_F(OnServer, UnknownDatabase) {
    EXPECT_THAT(refusal(TemporaryServer::shared().url() + "x"), HasSubstr("does not exist"));
    EXPECT_THAT(refusal("dbname=nowhere " +
                        TemporaryServer::shared().url().substr(0, TemporaryServer::shared().url().find(" dbname")) +
                        " user=tester"),
                HasSubstr("POSTGRES_DB"));
}

}  // namespace
}  // namespace pintail::postgres
