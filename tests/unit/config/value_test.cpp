#include "config/value.hpp"

#include <gmock/gmock.h>

namespace pintail::config {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::Eq;

TEST(Value, Bytes) {
    EXPECT_THAT(parse_bytes("1048576"), Eq(1048576u));
    EXPECT_THAT(parse_memory("16MiB"), Eq(16u << 20));
    for (const char* little : {"1", "4GiBi", "16MB"}) EXPECT_FALSE(parse_memory(little)) << little;
    EXPECT_THAT(parse_bytes("64MiB"), Eq(64u << 20));
    EXPECT_THAT(parse_bytes("1 GB"), Eq(1'000'000'000u));
    EXPECT_THAT(parse_bytes("2gib"), Eq(2ull << 30));
    for (const char* wrong : {"", "0", "-1", "1.5GB", "MiB", "1XB", "99999999999999999999", "9999999999TiB"})
        EXPECT_FALSE(parse_bytes(wrong)) << wrong;
}

TEST(Value, Durations) {
    EXPECT_THAT(parse_duration("250ms"), Eq(milliseconds(250)));
    EXPECT_THAT(parse_duration("1s"), Eq(milliseconds(1000)));
    EXPECT_THAT(parse_duration("2m"), Eq(milliseconds(120'000)));
    for (const char* wrong : {"", "1", "0s", "-1s", "s", "1 fortnight"}) EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

TEST(Value, Ports) {
    EXPECT_THAT(parse_port("29092"), Eq(29092));
    for (const char* wrong : {"", "0", "65536", "80a", " 80", "+80"}) EXPECT_FALSE(parse_port(wrong)) << wrong;
}

TEST(Value, HttpUrls) {
    EXPECT_THAT(parse_http_url("http://localhost:8083/"), Eq("http://localhost:8083"));
    EXPECT_THAT(parse_http_url("https://connect.example/base"), Eq("https://connect.example/base"));
    EXPECT_THAT(parse_http_url("http://[::1]:8083"), Eq("http://[::1]:8083"));
    for (const char* wrong :
         {"", "localhost:8083", "http://", "http://:8083", "http://h:0", "http://h:x", "ftp://h", "http://h /"})
        EXPECT_FALSE(parse_http_url(wrong)) << wrong;
}

TEST(Value, Until) {
    EXPECT_THAT(parse_until("end"), Eq(Until(UntilMark::end)));
    EXPECT_THAT(parse_until("16/B374D848"), Eq(Until(Lsn{0x16B374D848})));
    for (const char* wrong : {"", "now", "16", "END"}) EXPECT_FALSE(parse_until(wrong)) << wrong;
}

TEST(Value, WalBudgets) {
    const auto actions = {std::pair{"50GB", WalAction::warn},
                          {"50GB:warn", WalAction::warn},
                          {"50GB:stop", WalAction::stop},
                          {"50 GB:drop-slot", WalAction::drop_slot}};
    for (const auto& [text, action] : actions) {
        const auto budget = parse_wal_budget(text);
        ASSERT_TRUE(budget) << text;
        EXPECT_EQ(budget->bytes, 50'000'000'000u);
        EXPECT_EQ(budget->action, action) << text;
    }
    for (const char* wrong : {"", "stop", ":stop", "50GB:", "50GB:drop", "0:stop", "50GB:stop:warn"})
        EXPECT_FALSE(parse_wal_budget(wrong)) << wrong;
}

TEST(Value, Lists) {
    EXPECT_THAT(split_list(" public.*, shop.orders ,,"), ElementsAre("public.*", "shop.orders"));
    EXPECT_THAT(split_list("public.\"a,b\",c"), ElementsAre("public.\"a,b\"", "c"));
    EXPECT_THAT(split_list(""), ElementsAre());
    EXPECT_EQ(parse_pattern("public.\"a,b\""), "public.a,b");
    EXPECT_EQ(parse_pattern("public.\"say \"\"hi\"\"\""), "public.say \"hi\"");
    EXPECT_EQ(parse_pattern("public.*"), "public.*");
    EXPECT_EQ(parse_pattern("public.\"a"), std::nullopt);
}

}  // namespace
}  // namespace pintail::config
