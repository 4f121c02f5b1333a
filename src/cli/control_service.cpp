#include "cli/control_service.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/pace.hpp"
#include "cli/reader_query.hpp"
#include "cli/status_report.hpp"
#include "core/error.hpp"
#include "log/log.hpp"

namespace pintail::cli {

// Of a query, while the loader has the target opened anew: with more memory, or with room on its disk.
constexpr std::chrono::seconds kQueryPatience{10};

struct ControlService::Parts {
    using Clock = std::chrono::steady_clock;

    Parts(const std::string& target_path, const pipeline::Progress& of, OpenReader opener, Tasks tasks)
        : path(std::filesystem::absolute(target_path).lexically_normal()),
          progress(of),
          open_reader(std::move(opener)),
          sampler([this](std::stop_token stop) { sample(std::move(stop)); }) {
        try {
            server.emplace(target_path,
                           serve::ControlHandlers{[this] { return status(); },
                                                  query_handler(open_reader, kQueryPatience), std::move(tasks)});
        } catch (const Error& error) {
            log::warn("{}: pintail status and query cannot ask this process", error.what());
        }
    }

    void sample(std::stop_token stop) {
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
            pace.sample(Clock::now(), progress.report());
            woken.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
        }
    }

    LiveReport live() {
        const std::lock_guard lock(mutex);
        return {progress.report(), pace.changes_per_second(), pace.bytes_per_second()};
    }

    // A target that cannot be read just now (its disk is full, say) is when the pipeline's state is wanted most.
    std::string status() {
        TargetReport target{path.string(), std::nullopt, ""};
        try {
            target.status = open_reader().status();
        } catch (const Error& error) {
            target.problem = error.what();
        }
        return status_json(target, live());
    }

    const std::filesystem::path path;
    const pipeline::Progress& progress;
    const OpenReader open_reader;
    std::mutex mutex;
    std::condition_variable_any woken;
    Pace pace;
    std::jthread sampler;
    std::optional<serve::ControlServer> server;  // last: its handlers use all of the above
};

ControlService::ControlService(const std::string& target_path, const pipeline::Progress& progress,
                               OpenReader open_reader, Tasks tasks)
    : parts_(std::make_unique<Parts>(target_path, progress, std::move(open_reader), std::move(tasks))) {}

ControlService::~ControlService() = default;

}  // namespace pintail::cli
