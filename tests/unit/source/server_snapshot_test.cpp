#include "source/server_snapshot.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pintail::source {
namespace {

TEST(ServerSnapshot, SeesWhatHadEnded) {
    const auto snapshot = parse_snapshot("100:110:100,107", Lsn{5});
    EXPECT_TRUE(snapshot.sees(99));
    EXPECT_FALSE(snapshot.sees(100));
    EXPECT_TRUE(snapshot.sees(101));
    EXPECT_FALSE(snapshot.sees(107));
    EXPECT_TRUE(snapshot.sees(109));
    EXPECT_FALSE(snapshot.sees(110));
    EXPECT_FALSE(snapshot.sees(500));
    EXPECT_TRUE(parse_snapshot("7:7:", Lsn{}).sees(6));
}

TEST(ServerSnapshot, TransactionsOfTheStreamHaveNoEpoch) {
    // next is 2^32 + 2: 4294967295 was before it, and so was 1.
    const auto snapshot = parse_snapshot("4294967294:4294967298:4294967294,4294967297", Lsn{});
    EXPECT_TRUE(snapshot.sees(4294967295u));
    EXPECT_FALSE(snapshot.sees(4294967294u));
    EXPECT_FALSE(snapshot.sees(1));
    EXPECT_FALSE(snapshot.sees(2));
    EXPECT_TRUE(snapshot.sees(0));
}

TEST(ServerSnapshot, OtherTextIsAnError) {
    for (const char* text : {"", "1:2", "a:b:c", "1:2:3;4"}) EXPECT_THROW(parse_snapshot(text, Lsn{}), Error) << text;
}

TEST(SnapshotCut, LiesBeforeTheFirstThatIsNotSeen) {
    SnapshotCut cut;
    cut.note(5);
    ASSERT_TRUE(cut.begin(parse_snapshot("8:12:8", Lsn{1000})));
    EXPECT_FALSE(cut.is_here(7));
    cut.note(7);
    EXPECT_FALSE(cut.beyond());
    EXPECT_TRUE(cut.is_here(8));
    cut.note(8);
    EXPECT_TRUE(cut.beyond());
    EXPECT_FALSE(cut.is_here(13)) << "it has been passed";
    cut.note(13);
    EXPECT_FALSE(cut.is_sure(Lsn{999}));
    EXPECT_TRUE(cut.is_sure(Lsn{1000}));
}

TEST(SnapshotCut, WhatTheStreamHasAndTheServerDoesNotShowYetNeedsAnother) {
    SnapshotCut cut;
    cut.note(8);
    EXPECT_FALSE(cut.begin(parse_snapshot("8:12:8", Lsn{1000})));
    EXPECT_FALSE(cut.active());
    EXPECT_TRUE(cut.begin(parse_snapshot("12:12:", Lsn{1001})));
}

TEST(SnapshotCut, NumbersOfLongAgoSayNothing) {
    SnapshotCut cut;
    const auto then = SnapshotCut::Clock::now();
    cut.note(8, then);
    const std::string much_later = "3000000000:3000000000:";  // 8 is the number of one to come
    EXPECT_FALSE(cut.begin(parse_snapshot(much_later, Lsn{1000}), then));
    EXPECT_TRUE(cut.begin(parse_snapshot(much_later, Lsn{1000}), then + std::chrono::hours{2}));
}

TEST(SnapshotCut, OneThatIsNotVisibleForHoursNeedsAnother) {
    SnapshotCut cut;
    const auto then = SnapshotCut::Clock::now();
    cut.note(7, then);
    EXPECT_FALSE(cut.begin(parse_snapshot("7:20:7", Lsn{1000}), then + std::chrono::hours{2}));
    EXPECT_TRUE(cut.begin(parse_snapshot("20:20:", Lsn{1000}), then + std::chrono::hours{3}));
}

TEST(SnapshotCut, OneThatIsNotVisibleIsRememberedWhileAnyNumberPassBy) {
    SnapshotCut cut;
    cut.note(7);
    uint32_t next = 8;
    for (int crowds = 0; crowds < 3; ++crowds) {
        while (!cut.is_crowded()) cut.note(next++);
        cut.forget_seen(parse_snapshot("7:" + std::to_string(next) + ":7", Lsn{1000}));
        EXPECT_FALSE(cut.is_crowded());
    }
    EXPECT_FALSE(cut.begin(parse_snapshot("7:" + std::to_string(next) + ":7", Lsn{1000})));
    EXPECT_TRUE(cut.begin(parse_snapshot(std::to_string(next) + ":" + std::to_string(next) + ":", Lsn{1000})));
}

TEST(SnapshotCut, AnotherOrderThanTheStreamsIsNoPlaceInIt) {
    SnapshotCut cut;
    ASSERT_TRUE(cut.begin(parse_snapshot("8:12:8", Lsn{1000})));
    cut.note(8);
    cut.note(9);  // seen, and committed behind one that is not
    EXPECT_FALSE(cut.active());
    EXPECT_FALSE(cut.is_sure(Lsn{2000}));
    EXPECT_FALSE(cut.begin(parse_snapshot("8:13:8", Lsn{1000}))) << "the stream is beyond 8";
}

}  // namespace
}  // namespace pintail::source
