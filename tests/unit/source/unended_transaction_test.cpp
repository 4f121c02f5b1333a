#include "source/unended_transaction.hpp"

#include <gtest/gtest.h>

namespace pintail::source {
namespace {

using std::chrono::seconds;

const auto kBegin = UnendedTransaction::Clock::time_point{} + seconds(1000);

TEST(UnendedTransaction, IsInTheWayOnceItHasStoodForLong) {
    UnendedTransaction at;
    at.saw_end(7);
    EXPECT_EQ(at.in_the_way(7, 9, kBegin), std::nullopt);
    EXPECT_EQ(at.in_the_way(7, 9, kBegin + UnendedTransaction::kLong - seconds(1)), std::nullopt);
    EXPECT_EQ(at.in_the_way(7, 9, kBegin + UnendedTransaction::kLong), kBegin);
    EXPECT_EQ(at.in_the_way(7, 2000, kBegin + UnendedTransaction::kLong + seconds(9)), kBegin) << "more behind it";
}

TEST(UnendedTransaction, IsNoneWhereEverythingIsRead) {
    UnendedTransaction at;
    at.saw_end(7);
    EXPECT_EQ(at.in_the_way(7, 7, kBegin), std::nullopt);
    EXPECT_EQ(at.in_the_way(7, 7, kBegin + seconds(1000)), std::nullopt);
}

TEST(UnendedTransaction, IsNoneWhereRecordsAreStillComing) {
    UnendedTransaction at;
    EXPECT_EQ(at.in_the_way(5, 9, kBegin), std::nullopt) << "no end was seen";
    EXPECT_EQ(at.in_the_way(5, 9, kBegin + seconds(1000)), std::nullopt);
    at.saw_end(4);
    EXPECT_EQ(at.in_the_way(5, 9, kBegin + seconds(1000)), std::nullopt) << "one has come since";
    EXPECT_EQ(at.in_the_way(5, 9, kBegin + seconds(2000)), std::nullopt);
}

TEST(UnendedTransaction, IsAnotherOneOnceReadingWentOn) {
    UnendedTransaction at;
    at.saw_end(7);
    at.in_the_way(7, 9, kBegin);
    at.saw_end(9);
    EXPECT_EQ(at.in_the_way(9, 12, kBegin + seconds(40)), std::nullopt);
    EXPECT_EQ(at.in_the_way(9, 12, kBegin + seconds(80)), kBegin + seconds(40));
    at.saw_end(12);
    EXPECT_EQ(at.in_the_way(12, 12, kBegin + seconds(90)), std::nullopt);
}

}  // namespace
}  // namespace pintail::source
