#include "core/lsn.hpp"

#include <gtest/gtest.h>

namespace pintail {
namespace {

TEST(Lsn, RoundTripsPostgresForm) {
    EXPECT_EQ(to_string(Lsn{0x16B374D848}), "16/B374D848");
    EXPECT_EQ(parse_lsn("16/B374D848"), Lsn{0x16B374D848});
    EXPECT_EQ(parse_lsn("0/0"), Lsn{0});
}

TEST(Lsn, RefusesEverythingElse) {
    for (const char* text : {"", "/", "16", "16/", "/1", "G/1", "1/1/1", "123456789/1", "-1/0", " 1/1"}) {
        EXPECT_FALSE(parse_lsn(text)) << text;
    }
}

}  // namespace
}  // namespace pintail
