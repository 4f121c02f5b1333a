#include "pipeline/interludes.hpp"

#include <algorithm>
#include <chrono>

#include "core/error.hpp"

namespace pintail::pipeline {
namespace {

// How often a caller looks whether it should stop waiting.
constexpr std::chrono::milliseconds kPatience{50};

Error ended() {
    return Error(ErrorKind::destination, "pintail is stopping: nothing was done", true);
}

}  // namespace

void Interludes::run(Work work, const std::stop_token& stop) {
    const auto job = std::make_shared<Job>(Job{std::move(work), {}});
    std::future<void> done = job->done.get_future();
    {
        const std::lock_guard lock(mutex_);
        if (closed_) throw ended();
        jobs_.push_back(job);
    }
    while (done.wait_for(kPatience) != std::future_status::ready) {
        if (stop.stop_requested() && withdraw(job)) throw ended();
    }
    done.get();
}

bool Interludes::withdraw(const std::shared_ptr<Job>& job) {
    const std::lock_guard lock(mutex_);
    return std::erase(jobs_, job) > 0;
}

bool Interludes::wanted() const {
    const std::lock_guard lock(mutex_);
    return !jobs_.empty();
}

std::shared_ptr<Interludes::Job> Interludes::next() {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return nullptr;
    auto job = jobs_.front();
    jobs_.pop_front();
    return job;
}

void Interludes::serve(Destination& destination) {
    while (const auto job = next()) {
        try {
            job->work(destination);
            job->done.set_value();
        } catch (...) {
            job->done.set_exception(std::current_exception());
        }
    }
}

void Interludes::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& job : jobs_) job->done.set_exception(std::make_exception_ptr(ended()));
    jobs_.clear();
}

}  // namespace pintail::pipeline
