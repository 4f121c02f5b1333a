#include "cli/lock_log.hpp"

#include <spdlog/spdlog.h>

namespace pintail::cli {

void LockLog::note(const std::set<std::string>& waits) {
    for (const auto& wait : waits) {
        if (!said_.contains(wait)) spdlog::warn("{}", wait);
    }
    for (const auto& wait : said_) {
        if (!waits.contains(wait)) spdlog::info("no more {}", wait.substr(0, wait.find(':')));
    }
    said_ = waits;
    progress_.waits_for({waits.begin(), waits.end()});
}

}  // namespace pintail::cli
