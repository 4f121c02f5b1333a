#include "cli/slot_watch.hpp"

#include <fmt/format.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/lock_log.hpp"
#include "core/error.hpp"
#include "log/log.hpp"
#include "postgres/lock_waits.hpp"
#include "postgres/replication_objects.hpp"
#include "postgres/replication_slot.hpp"

namespace pintail::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLook{3};
constexpr std::chrono::seconds kWarning{60};      // how often, while the budget is exceeded
constexpr std::chrono::seconds kDropPatience{5};  // until the server has noticed that the stream was closed

}  // namespace

struct SlotWatch::Parts {
    Parts(SlotWatchOptions of, pipeline::Progress& shown, std::function<void()> stop)
        : options(std::move(of)),
          progress(shown),
          locks(shown),
          stop_pipeline(std::move(stop)),
          thread([this](std::stop_token token) { watch(std::move(token)); }) {}

    void watch(std::stop_token token) {
        std::unique_lock lock(mutex);
        while (!token.stop_requested()) {
            look();
            woken.wait_for(lock, token, kLook, [] { return false; });
        }
    }

    // A server that is away is the pipeline's to report.
    void look() {
        try {
            if (!connection) connection = std::make_unique<postgres::Connection>(options.url);
            locks.note(postgres::lock_waits(*connection, options.sessions->pids()));
            auto log = postgres::slot_log(*connection, options.slot);
            if (log && options.budget) log->budget = static_cast<int64_t>(options.budget->bytes);
            progress.slot_log(log);
            if (log && log->budget) judge(*log);
        } catch (const Error& problem) {
            connection.reset();
            log::debug("the slot's log cannot be seen: {}", problem.what());
        }
    }

    void judge(const SlotLog& log) {
        const bool over = log.retained_bytes > *log.budget;
        const bool half = log.retained_bytes > *log.budget / 2;
        if (over && options.budget->action != config::WalAction::warn) return end(log);
        if (over && Clock::now() >= next_warning) {
            next_warning = Clock::now() + kWarning;
            log::warn("{}: more than --max-wal {}", slot_log_text(log), size_text(*log.budget));
        } else if (half && !over && !said_half) {
            log::warn("{}: more than half of --max-wal {}", slot_log_text(log), size_text(*log.budget));
        }
        said_half = half;
        if (!over) next_warning = {};
    }

    void end(const SlotLog& log) {
        if (exceeded) return;
        exceeded = log;
        log::error("{}: more than --max-wal {}; ending the run", slot_log_text(log), size_text(*log.budget));
        stop_pipeline();
    }

    const SlotWatchOptions options;
    pipeline::Progress& progress;
    LockLog locks;
    const std::function<void()> stop_pipeline;
    std::unique_ptr<postgres::Connection> connection;
    std::optional<SlotLog> exceeded;
    bool said_half = false;
    Clock::time_point next_warning{};
    std::mutex mutex;
    std::condition_variable_any woken;
    std::jthread thread;  // last: it uses all of the above
};

SlotWatch::SlotWatch(SlotWatchOptions options, pipeline::Progress& progress, std::function<void()> stop)
    : parts_(std::make_unique<Parts>(std::move(options), progress, std::move(stop))) {}

SlotWatch::~SlotWatch() = default;

void SlotWatch::finish() {
    parts_->thread.request_stop();
    parts_->thread.join();
    if (!parts_->exceeded) return;
    const SlotWatchOptions& options = parts_->options;
    const auto why = fmt::format("{}, more than --max-wal {} allows", slot_log_text(*parts_->exceeded),
                                 size_text(*parts_->exceeded->budget));
    if (options.budget->action == config::WalAction::stop) {
        throw Error(
            ErrorKind::source,
            fmt::format(
                "{}: ended as configured. What was read is stored. The slot is left and goes on holding the log back: "
                "start again with a larger --max-wal to catch up, or give it up: {}",
                why, options.begin_anew));
    }
    postgres::Connection connection(options.url);
    postgres::drop_slot(connection, options.slot, kDropPatience);
    throw Error(ErrorKind::source, fmt::format("{}: the slot was dropped as configured, and the server is free of it. "
                                               "What is changed from now on cannot be "
                                               "followed: the tables must be copied anew. {}",
                                               why, options.begin_anew));
}

std::string size_text(int64_t bytes) {
    constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto size = static_cast<double>(bytes);
    size_t unit = 0;
    for (; size >= 1024 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string slot_log_text(const SlotLog& log) {
    const auto limit =
        log.safe_wal_size ? fmt::format(", {} left until it may be lost", size_text(*log.safe_wal_size)) : "";
    return fmt::format("the server keeps {} of log for slot {} ({}{})", size_text(log.retained_bytes), log.slot,
                       log.wal_status, limit);
}

}  // namespace pintail::cli
