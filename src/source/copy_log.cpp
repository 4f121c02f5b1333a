#include "source/copy_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/counted.hpp"
#include "log/log.hpp"

namespace pintail::source {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLogRhythm{2000};
constexpr milliseconds kLineRhythm{100};
constexpr int kBarWidth = 20;

double share_of(const SyncProgress& now) {
    return now.pages == 0 ? 1.0 : static_cast<double>(now.pages_done) / static_cast<double>(now.pages);
}

double rate_of(const SyncProgress& now, double seconds) {
    return static_cast<double>(now.rows) / seconds;
}

std::string time_text(double seconds) {
    const auto whole = std::llround(seconds);
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} m {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} m", whole / 3600, whole % 3600 / 60);
}

}  // namespace

std::string copy_progress_text(const SyncProgress& now, double seconds) {
    const double share = share_of(now);
    std::string text =
        fmt::format("{} of {}, {}, {:.0f} rows/s, {:.0f} %", now.tables_done, counted(now.tables, "table"),
                    counted(now.rows, "row"), rate_of(now, seconds), share * 100);
    if (share > 0 && share < 1) text += fmt::format(", about {} left", time_text(seconds / share - seconds));
    return text;
}

std::string copy_progress_bar(const SyncProgress& now) {
    const int done = static_cast<int>(share_of(now) * kBarWidth);
    return fmt::format("[{:#>{}}{:->{}}]", "", done, "", kBarWidth - done);
}

void CopyLog::begin() {
    began_ = Clock::now();
    next_ = began_ + (status_line_ ? kLineRhythm : kLogRhythm);
}

double CopyLog::seconds() const {
    return std::max(1e-3, std::chrono::duration<double>(Clock::now() - began_).count());
}

void CopyLog::at(const SyncProgress& now) {
    if (Clock::now() < next_ || now.tables == 0) return;
    next_ = Clock::now() + (status_line_ ? kLineRhythm : kLogRhythm);
    if (status_line_)
        status_line_(fmt::format("copying {} {}", copy_progress_bar(now), copy_progress_text(now, seconds())));
    else log::info("copying: {}", copy_progress_text(now, seconds()));
}

void CopyLog::end(const SyncProgress& now) {
    if (status_line_) status_line_("");
    log::info("copied {}, {} in {:.1f} s ({:.0f} rows/s)", counted(now.tables_done, "table"), counted(now.rows, "row"),
              seconds(), rate_of(now, seconds()));
}

}  // namespace pintail::source
