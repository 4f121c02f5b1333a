#include "source/copy_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace pintail::source {
namespace {

constexpr std::chrono::seconds kRhythm{2};

}  // namespace

void CopyLog::begin() {
    began_ = Clock::now();
    next_ = began_ + kRhythm;
}

double CopyLog::seconds() const {
    return std::max(1e-3, std::chrono::duration<double>(Clock::now() - began_).count());
}

void CopyLog::at(const SyncProgress& now) {
    if (Clock::now() < next_ || now.tables == 0) return;
    next_ = Clock::now() + kRhythm;
    const double share = now.pages == 0 ? 1.0 : static_cast<double>(now.pages_done) / static_cast<double>(now.pages);
    spdlog::info("copying: {} of {} tables, {} rows, {:.0f} rows/s, {:.0f} %, about {:.0f} s left", now.tables_done, now.tables, now.rows,
                 static_cast<double>(now.rows) / seconds(), share * 100, share > 0 ? seconds() / share - seconds() : 0.0);
}

void CopyLog::end(const SyncProgress& now) {
    spdlog::info("copied {} tables, {} rows in {:.1f} s ({:.0f} rows/s)", now.tables_done, now.rows, seconds(),
                 static_cast<double>(now.rows) / seconds());
}

}  // namespace pintail::source
