#include "postgres/wake_up.hpp"

#include <gtest/gtest.h>
#include <poll.h>

namespace pintail::postgres {
namespace {

bool is_readable(const WakeUp& wake) {
    pollfd ready{wake.descriptor(), POLLIN, 0};
    return poll(&ready, 1, 0) == 1;
}

TEST(WakeUp, IsReadableFromTheFirstRingToTheAnswer) {
    WakeUp wake;
    EXPECT_FALSE(is_readable(wake));
    EXPECT_FALSE(wake.answer());
    wake.ring();
    wake.ring();
    EXPECT_TRUE(is_readable(wake));
    EXPECT_TRUE(wake.answer());
    EXPECT_FALSE(is_readable(wake));
}

}  // namespace
}  // namespace pintail::postgres
