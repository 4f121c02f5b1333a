#include "cli/lock_log.hpp"

#include "log/log.hpp"

namespace pintail::cli {

void LockLog::note(const std::set<std::string>& waits) {
    for (const auto& wait : waits) {
        if (!said_.contains(wait)) log::warn("{}", wait);
    }
    for (const auto& wait : said_) {
        if (!waits.contains(wait)) log::info("no more {}", wait.substr(0, wait.find(':')));
    }
    said_ = waits;
    progress_.waits_for({waits.begin(), waits.end()});
}

}  // namespace pintail::cli
