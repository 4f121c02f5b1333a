#include "source/copy_log.hpp"

#include <gtest/gtest.h>

namespace pintail::source {
namespace {

constexpr SyncProgress kHalf{.tables = 4, .tables_done = 2, .rows = 12'000, .pages = 100, .pages_done = 50};

TEST(CopyLog, SaysRateShareAndTimeLeft) {
    EXPECT_EQ(copy_progress_text(kHalf, 3), "2 of 4 tables, 12000 rows, 4000 rows/s, 50 %, about 3 s left");
    EXPECT_EQ(copy_progress_text({.tables = 1, .rows = 600, .pages = 1000, .pages_done = 100}, 60),
              "0 of 1 table, 600 rows, 10 rows/s, 10 %, about 9 m 0 s left");
    EXPECT_EQ(copy_progress_text({.tables = 1, .rows = 600, .pages = 1000, .pages_done = 1}, 60),
              "0 of 1 table, 600 rows, 10 rows/s, 0 %, about 16 h 39 m left");
}

TEST(CopyLog, GuessesNoTimeWhereNothingIsReadOrNothingIsLeft) {
    EXPECT_EQ(copy_progress_text({.tables = 3, .pages = 10}, 2), "0 of 3 tables, 0 rows, 0 rows/s, 0 %");
    EXPECT_EQ(copy_progress_text({.tables = 3, .tables_done = 3, .rows = 8, .pages = 10, .pages_done = 10}, 2),
              "3 of 3 tables, 8 rows, 4 rows/s, 100 %");
    EXPECT_EQ(copy_progress_text({.tables = 1, .tables_done = 1}, 1), "1 of 1 table, 0 rows, 0 rows/s, 100 %");
}

TEST(CopyLog, BarIsAsLongAsTheShare) {
    EXPECT_EQ(copy_progress_bar({.tables = 1, .pages = 10}), "[--------------------]");
    EXPECT_EQ(copy_progress_bar(kHalf), "[##########----------]");
    EXPECT_EQ(copy_progress_bar({.tables = 1, .pages = 10, .pages_done = 10}), "[####################]");
}

TEST(CopyLog, TakesItsLineAwayAtTheEnd) {
    std::string shown;
    CopyLog log([&](const std::string& line) { shown = line.empty() ? "gone" : line; });
    log.begin();
    while (shown.empty()) log.at(kHalf);
    EXPECT_EQ(shown.rfind("copying [##########----------] 2 of 4 tables, ", 0), 0U) << shown;
    log.end(kHalf);
    EXPECT_EQ(shown, "gone");
}

}  // namespace
}  // namespace pintail::source
