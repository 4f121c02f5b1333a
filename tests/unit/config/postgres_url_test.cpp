#include "config/postgres_url.hpp"

#include <gtest/gtest.h>

namespace pintail::config {
namespace {

TEST(PostgresUrl, EncodesWhatWouldEndAPart) {
    EXPECT_EQ(build_postgres_url({"db.local", "5433", "shop user", "p@ss:w/o?r#d%", "shöp"}),
              "postgres://shop%20user:p%40ss%3Aw%2Fo%3Fr%23d%25@db.local:5433/sh%C3%B6p");
}

TEST(PostgresUrl, BuildsAndParsesBack) {
    for (const PostgresParts& parts :
         {PostgresParts{"127.0.0.1", "5432", "u", "p@:/?#[]%&=", "d"}, PostgresParts{"::1", "5432", "u", "", "d"},
          PostgresParts{"/var/run/postgresql", "", "u", "p", "d"}}) {
        const auto parsed = parse_postgres_url(build_postgres_url(parts));
        ASSERT_TRUE(parsed) << build_postgres_url(parts);
        EXPECT_EQ(parsed->host, parts.host);
        EXPECT_EQ(parsed->port, parts.port);
        EXPECT_EQ(parsed->user, parts.user);
        EXPECT_EQ(parsed->password, parts.password);
        EXPECT_EQ(parsed->database, parts.database);
    }
}

TEST(PostgresUrl, ParsesOnlyOneHostUrls) {
    EXPECT_FALSE(parse_postgres_url("host=a password=b"));
    EXPECT_FALSE(parse_postgres_url("postgres://a,b/d"));
    EXPECT_FALSE(parse_postgres_url("postgres://u:p@ss@h/d"));
    EXPECT_FALSE(parse_postgres_url("postgres://u:%zz@h/d"));
    EXPECT_FALSE(parse_postgres_url("mysql://u:p@h/d"));
    EXPECT_EQ(parse_postgres_url("postgres://u:12?3@h/d?x=1")->password, "12?3");
    EXPECT_EQ(parse_postgres_url("postgresql://h/d?sslmode=require")->database, "d");
}

TEST(PostgresUrl, DecodesOnlyWellFormedEscapes) {
    EXPECT_EQ(percent_decode("a%40%2f"), "a@/");
    for (const char* malformed : {"%", "%4", "%4g", "%00", "a%"}) EXPECT_FALSE(percent_decode(malformed)) << malformed;
}

struct RedactCase {
    const char* text;
    const char* redacted;
};

class Redact : public testing::TestWithParam<RedactCase> {};

TEST_P(Redact, HidesEveryPassword) {
    EXPECT_EQ(redact(GetParam().text), GetParam().redacted);
    EXPECT_EQ(redact(GetParam().redacted), GetParam().redacted);
    EXPECT_EQ(redact(GetParam().text).find("secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Redact,
    testing::Values(
        RedactCase{"postgres://u:secret@h:5432/d", "postgres://u:******@h:5432/d"},
        RedactCase{"postgres://u:secret@secret/secret@h/d", "postgres://u:******@h/d"},
        RedactCase{"postgres://:secret@h/d", "postgres://:******@h/d"},
        RedactCase{"postgres://u@h:5432/d", "postgres://u@h:5432/d"},
        RedactCase{"postgres://h:5432/d", "postgres://h:5432/d"},
        RedactCase{"postgres://h/d?user=u&password=secret&x=1", "postgres://h/d?user=u&password=******&x=1"},
        RedactCase{"postgres://h/d?sslpassword=secret", "postgres://h/d?sslpassword=******"},
        RedactCase{"host=h password=secret dbname=d", "host=h password=****** dbname=d"},
        RedactCase{"host=h password = 'secret \\' secret' dbname=d", "host=h password = ****** dbname=d"},
        RedactCase{"http://u:secret@h:8083, http://v:secret@i", "http://u:******@h:8083, http://v:******@i"},
        RedactCase{"nothing: a@b", "nothing: a@b"}));

TEST(Redact, KnowsWhetherThereIsAPassword) {
    EXPECT_TRUE(has_password("postgres://u:p@h/d"));
    EXPECT_FALSE(has_password("postgres://u@h:5432/d"));
}

}  // namespace
}  // namespace pintail::config
