// Work that needs the target and the stream at rest: the loader's thread does it while nothing is read, and the source
// then starts anew from what the target holds.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>

#include "core/destination.hpp"

namespace pintail::pipeline {

class Interludes {
public:
    using Work = std::function<void(Destination&)>;

    // Any thread but the loader's. Returns when the work is done; throws what it throws. Error(destination, transient)
    // when the pipeline ends first, or when `stop` is requested before its turn: then it is not done at all.
    void run(Work work, const std::stop_token& stop);

    // For the pipeline. Any thread: is there work?
    bool wanted() const;
    // Loader: does what there is.
    void serve(Destination& destination);
    // Nobody is going to serve() any more.
    void close();

private:
    struct Job {
        Work work;
        std::promise<void> done;
    };
    bool withdraw(const std::shared_ptr<Job>& job);
    std::shared_ptr<Job> next();

    mutable std::mutex mutex_;
    std::deque<std::shared_ptr<Job>> jobs_;
    bool closed_ = false;
};

}  // namespace pintail::pipeline
