#include "pipeline/pipeline.hpp"

#include <malloc.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "core/counted.hpp"
#include "core/destination.hpp"
#include "core/error.hpp"
#include "core/recurrence.hpp"
#include "log/log.hpp"
#include "pipeline/batch_queue.hpp"

namespace pintail::pipeline {
namespace {

using std::chrono::milliseconds;

// How often each side looks whether it should stop, or whether the other side's state has changed.
constexpr milliseconds kReaderPatience{5};
constexpr milliseconds kQueuePatience{500};  // also the keepalive's rhythm
constexpr milliseconds kLoaderPatience{100};
constexpr int kTurnsToTrim = 10;  // of the loader's patience
constexpr int kTurnsToRest = 50;
constexpr milliseconds kStopPatience{200};  // then what the source waits for is given up

bool is_due(const Interludes* interludes) {
    return interludes != nullptr && interludes->wanted();
}

// The reader's side of one connection to the source.
class Reader {
public:
    Reader(Source& source, BatchQueue& queue, Progress& progress, const Interludes* interludes,
           const std::atomic<bool>& stop)
        : source_(source), queue_(queue), progress_(progress), interludes_(interludes), stop_(stop) {}

    // Returns when the source is finished, somebody asked to stop, or an interlude is due; throws what the source
    // throws.
    void run() {
        while (!stop_ && !abandoned_ && !is_due(interludes_)) {
            std::optional<Batch> batch = source_.next(queue_.consumer_idle(), kReaderPatience);
            progress_.read(source_.progress());
            progress_.source_away(source_.away());
            if (batch) hand_over(*batch);
            acknowledge();
            if (!batch && source_.finished()) break;
        }
        queue_.close();
    }

    void abandon() { abandoned_ = true; }

    void committed(Position position) {
        const std::lock_guard lock(mutex_);
        committed_.push_back(std::move(position));
    }

    // Tells the source about every commit since the last call; the last ones after the loader is done.
    void acknowledge() {
        std::vector<Position> positions;
        {
            const std::lock_guard lock(mutex_);
            positions.swap(committed_);
        }
        for (const Position& position : positions) source_.acknowledge(position);
    }

private:
    void hand_over(Batch& batch) {
        while (!abandoned_ && !queue_.push(batch, kQueuePatience)) {
            source_.keep_alive();
            acknowledge();
        }
    }

    Source& source_;
    BatchQueue& queue_;
    Progress& progress_;
    const Interludes* interludes_;
    const std::atomic<bool>& stop_;
    std::atomic<bool> abandoned_{false};
    std::mutex mutex_;
    std::vector<Position> committed_;
};

// What a burst leaves free in the allocator goes back to the system: an idle pintail is a small one.
void give_memory_back() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

// What the loader found in batch after batch: told once, then in sums.
class Findings {
public:
    ~Findings() { tell(removes_.rest(), quarantined_.rest()); }

    void note(const ApplyResult& result) {
        const auto now = std::chrono::steady_clock::now();
        tell(removes_.note(now, result.removes_without_row), quarantined_.note(now, result.rows_quarantined));
    }

private:
    static void tell(uint64_t removes, uint64_t quarantined) {
        if (removes > 0)
            log::warn("{} found no row in the target: source and target differ", counted(removes, "delete"));
        if (quarantined > 0)
            log::warn("{} went to pintail.quarantine: unchanged values of theirs are not in the target",
                      counted(quarantined, "row"));
    }

    Recurrence removes_;
    Recurrence quarantined_;
};

void load(BatchQueue& queue, Destination& destination, Reader& reader, Progress& progress) {
    Findings findings;
    for (int quiet = 0; !queue.drained();) {
        std::optional<Batch> batch = queue.pop(kLoaderPatience);
        if (!batch) {
            destination.check();
            if (++quiet == kTurnsToRest) destination.rest();
            if (quiet == kTurnsToTrim || quiet == kTurnsToRest) give_memory_back();
            continue;
        }
        quiet = 0;
        const BatchCounts counts(*batch);
        Position position = batch->position;
        const bool continues = batch->transaction_continues;
        const auto committed = std::move(batch->committed);
        const ApplyResult result = destination.apply(std::move(*batch));
        progress.committed(counts, result);
        progress.running();
        if (committed) committed();
        if (!continues) reader.committed(std::move(position));
        findings.note(result);
    }
}

// A source may wait for its server, for a lock that goes nobody knows when: not once somebody asked to stop, and what
// it says of itself is heard meanwhile. One that has nothing to say yet leaves the last word to its predecessor.
class Watched {
public:
    Watched(Source& source, Progress& progress, const std::atomic<bool>& stop)
        : thread_([this, &source, &progress, &stop](const std::stop_token& done) {
              std::unique_lock lock(mutex_);
              for (bool asked = false; !done.stop_requested(); asked = stop) {
                  if (asked) source.interrupt();
                  if (auto streams = source.progress(); !streams.empty()) progress.read(std::move(streams));
                  woken_.wait_for(lock, done, kStopPatience, [] { return false; });
              }
          }) {}

private:
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::jthread thread_;  // last: it uses both
};

// One connection to the source, from start() to its end. Throws the loader's error first, then the reader's.
void run_once(Source& source, Destination& destination, const PipelineOptions& options, Progress& progress,
              const std::atomic<bool>& stop, bool& started, bool had_no_room) {
    {
        const Watched watched(source, progress, stop);
        source.start(destination.recover());
    }
    started = true;
    if (!had_no_room) progress.running();  // else the first commit proves it (load)
    BatchQueue queue(options.queue_bytes, [&source] { source.loader_turned_idle(); });
    Reader reader(source, queue, progress, options.interludes, stop);
    std::exception_ptr reader_failed;
    std::thread reading([&] {
        try {
            const Watched watched(source, progress, stop);
            reader.run();
        } catch (const Interrupted&) {
            queue.close();
        } catch (...) {
            reader_failed = std::current_exception();
            queue.close();
        }
    });
    std::exception_ptr loader_failed;
    try {
        load(queue, destination, reader, progress);
    } catch (...) {
        loader_failed = std::current_exception();
        reader.abandon();
        queue.close();
    }
    reading.join();
    if (loader_failed) std::rethrow_exception(loader_failed);
    if (reader_failed) std::rethrow_exception(reader_failed);
    reader.acknowledge();
}

bool is_waited_out(const Error& problem, Patience patience, bool started, bool any_batch) {
    if (problem.kind() == ErrorKind::destination) return true;
    if (problem.kind() != ErrorKind::source) return false;
    switch (patience) {
        case Patience::always: return true;
        case Patience::once_started: return started;
        case Patience::from_the_first_batch: return any_batch;
    }
    return false;
}

// What to say meanwhile; nullopt: the error ends the run.
std::optional<std::string> worth_waiting(const Error& problem, const PipelineOptions& options, bool started,
                                         bool any_batch) {
    if (!problem.transient())
        return started && options.mended_by_somebody ? options.mended_by_somebody(problem) : std::nullopt;
    return is_waited_out(problem, options.patience, started, any_batch) ? std::optional<std::string>(problem.what())
                                                                        : std::nullopt;
}

void sleep_unless(const std::atomic<bool>& stop, const Interludes* interludes, milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!stop && !is_due(interludes) && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(milliseconds{20});
}

struct ClosedAtTheEnd {
    ~ClosedAtTheEnd() {
        if (interludes != nullptr) interludes->close();
    }
    Interludes* interludes;
};

}  // namespace

void run_pipeline(const std::function<std::unique_ptr<Source>()>& make_source, Destination& destination,
                  const PipelineOptions& options, Progress& progress, const std::atomic<bool>& stop) {
    const ClosedAtTheEnd closed{options.interludes};
    milliseconds backoff = options.first_backoff;
    bool started = false;
    bool must_reopen = false;
    for (;;) {
        const uint64_t batches_before = progress.report().batches;
        const bool had_no_room = must_reopen;
        try {
            if (must_reopen) destination.reopen();
            must_reopen = false;
            if (options.interludes != nullptr) options.interludes->serve(destination);
            const std::unique_ptr<Source> source = make_source();
            run_once(*source, destination, options, progress, stop, started, had_no_room);
            if (is_due(options.interludes) && !stop) continue;
            progress.stopping();
            return;
        } catch (const Interrupted&) {
            progress.stopping();
            return;
        } catch (const TableQuarantined& one) {
            log::warn("{}", one.what());
            continue;  // at once: each time there is one table less to follow
        } catch (const Error& problem) {
            const uint64_t batches = progress.report().batches;
            const auto reason = worth_waiting(problem, options, started, batches > 0);
            if (!reason) throw;
            must_reopen = must_reopen || problem.kind() == ErrorKind::destination;
            if (batches > batches_before) backoff = options.first_backoff;
            log::warn("{}; waiting, next try in {} ms", *reason, backoff.count());
            progress.waiting(*reason);
        }
        sleep_unless(stop, options.interludes, backoff);
        backoff = std::min(backoff * 2, options.longest_backoff);
        if (stop) return;
    }
}

}  // namespace pintail::pipeline
