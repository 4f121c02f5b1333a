#include "source/quarantine_log.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "logged_lines.hpp"

namespace pintail::source {
namespace {

using std::chrono::seconds;
using Lines = std::vector<std::string>;

struct Log : testing::Test {
    void note(const std::string& topic, const std::string& reason) {
        log->note({topic, 0, offset++, 0, std::nullopt, std::nullopt, nullptr}, reason, now);
    }

    LoggedLines lines;
    std::optional<QuarantineLog> log{std::in_place};
    Recurrence::Time now{};
    int64_t offset = 7;
};

TEST_F(Log, OneLineForTheFirstThenSums) {
    for (int i = 0; i < 1000; ++i) note("t", "no JSON");
    EXPECT_EQ(lines.all(), Lines{"warning t [0] offset 7 goes to pintail.quarantine: no JSON"});
    log->tell(now += seconds(9));
    EXPECT_EQ(lines.all().size(), 1u);
    log->tell(now += seconds(1));
    log->tell(now += seconds(30));
    EXPECT_EQ(lines.all().back(), "warning t: 999 more to pintail.quarantine, 1000 by now: no JSON");
    EXPECT_EQ(lines.all().size(), 2u);
    note("t", "no JSON");
    EXPECT_EQ(lines.all().back(), "warning t: 1 more to pintail.quarantine, 1001 by now: no JSON");
}

TEST_F(Log, EachTopicAndReasonByItself) {
    note("t", "no JSON");
    note("u", "no JSON");
    note("t", "no key");
    note("t", "no JSON");
    EXPECT_EQ(lines.all().size(), 3u);
}

TEST_F(Log, TheRestAtItsEnd) {
    for (int i = 0; i < 3; ++i) note("t", "no JSON");
    log.reset();
    EXPECT_EQ(lines.all().back(), "warning t: 2 more to pintail.quarantine, 3 by now: no JSON");
}

TEST_F(Log, ReasonsThatAllDifferAreNoFloodEither) {
    for (int i = 0; i < 1000; ++i) note("t", fmt::format("no JSON at byte {}", i));
    EXPECT_EQ(lines.all().size(), 201u);
    log.reset();
    EXPECT_EQ(lines.all().back(), "warning t: 799 more to pintail.quarantine, 800 by now: for other reasons");
}

}  // namespace
}  // namespace pintail::source
