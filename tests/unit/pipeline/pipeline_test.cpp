#include "pipeline/pipeline.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "core/error.hpp"

namespace pintail::pipeline {
namespace {

using std::chrono::milliseconds;

// A source of numbered batches: batch n leads to offset n. Continues behind what the state says.
class NumberSource : public Source {
public:
    struct Plan {
        int64_t last = 10;
        int64_t fail_before = -1;  // throws once instead of giving this batch
        bool transient = true;
        std::vector<int64_t> acknowledged;
        std::function<void(int64_t)> committed;  // of each batch
        std::function<void()> on_next;
        int starts = 0;
        int fail_starts = 0;  // so many of the first
        std::optional<std::string> away;
        bool start_waits = false;
        bool next_waits = false;
        std::atomic<bool> interrupted{false};
    };
    explicit NumberSource(Plan& plan) : plan_(plan) {}

    void start(const StoredState& state) override {
        if (++plan_.starts <= plan_.fail_starts) throw Error(ErrorKind::source, "no such place", plan_.transient);
        if (plan_.start_waits) wait();
        const auto* position = std::get_if<KafkaPosition>(&state.position);
        next_ = position ? position->partitions.at(0).next_offset + 1 : 1;
    }
    std::optional<Batch> next(bool, milliseconds) override {
        if (plan_.on_next) plan_.on_next();
        if (plan_.next_waits && next_ > plan_.last) wait();
        if (next_ == plan_.fail_before) {
            plan_.fail_before = -1;
            throw Error(ErrorKind::source, "the source went away", plan_.transient);
        }
        if (finished()) return std::nullopt;
        Batch batch;
        batch.rows = 1;
        batch.source_bytes = 1;
        batch.position = KafkaPosition{{{"t", 0, next_}}};
        if (plan_.committed) batch.committed = [this, offset = next_] { plan_.committed(offset); };
        ++next_;
        batch.quarantined.emplace_back();
        return batch;
    }
    void acknowledge(const Position& position) override {
        plan_.acknowledged.push_back(std::get<KafkaPosition>(position).partitions.at(0).next_offset);
    }
    void interrupt() override { plan_.interrupted = true; }
    bool finished() const override { return next_ > plan_.last; }
    std::vector<StreamProgress> progress() const override { return {{"t[0]", next_, plan_.last}}; }
    std::optional<std::string> away() const override { return plan_.away; }

private:
    void wait() const {
        while (!plan_.interrupted) std::this_thread::yield();
        throw Interrupted();
    }

    Plan& plan_;
    int64_t next_ = 1;
};

// Remembers what was committed, as a target would.
class ListDestination : public Destination {
public:
    StoredState recover() override {
        StoredState state;
        if (!applied.empty()) state.position = KafkaPosition{{{"t", 0, applied.back()}}};
        return state;
    }
    ApplyResult apply(Batch batch) override {
        const int64_t offset = std::get<KafkaPosition>(batch.position).partitions.at(0).next_offset;
        if (offset == fail_at) throw Error(ErrorKind::destination, "disk full", room_comes);
        applied.push_back(offset);
        if (on_apply) on_apply();
        return {};
    }
    void reopen() override {
        if (++reopened < 3) throw Error(ErrorKind::destination, "still full", true);
        fail_at = -1;
    }
    std::vector<int64_t> applied;
    int64_t fail_at = -1;
    bool room_comes = false;
    int reopened = 0;
    std::function<void()> on_apply;
};

std::vector<int64_t> up_to(int64_t last) {
    std::vector<int64_t> numbers;
    for (int64_t n = 1; n <= last; ++n) numbers.push_back(n);
    return numbers;
}

struct Pipeline : testing::Test {
    void run() {
        PipelineOptions options;
        options.first_backoff = milliseconds{1};
        options.patience = patience;
        options.mended_by_somebody = mended_by_somebody;
        options.interludes = &interludes;
        run_pipeline([&] { return std::make_unique<NumberSource>(plan); }, destination, options, progress, stop);
    }
    NumberSource::Plan plan;
    ListDestination destination;
    Progress progress;
    Patience patience = Patience::from_the_first_batch;
    std::function<std::optional<std::string>(const Error&)> mended_by_somebody;
    Interludes interludes;
    std::atomic<bool> stop{false};
};

// The stream rests meanwhile, and goes on from what the target holds then.
TEST_F(Pipeline, AnInterludeHasTheTargetToItself) {
    plan.last = 1'000'000'000'000;
    std::thread running([&] { run(); });
    std::vector<int64_t> before;
    interludes.run(
        [&](Destination&) {
            before = destination.applied;
            destination.applied.push_back(5000);
        },
        {});
    EXPECT_THROW(interludes.run([](Destination&) { throw Error(ErrorKind::data, "no"); }, {}), Error);
    while (progress.report().batches < before.size() + 10) std::this_thread::yield();
    stop = true;
    running.join();
    EXPECT_EQ(before, up_to(static_cast<int64_t>(before.size())));
    ASSERT_GT(destination.applied.size(), before.size() + 1);
    EXPECT_EQ(destination.applied[before.size() + 1], 5001);
    EXPECT_EQ(progress.report().restarts, 0u);
}

TEST_F(Pipeline, AnInterludeThatNobodyServesIsRefused) {
    run();
    EXPECT_THROW(interludes.run([](Destination&) {}, {}), Error);
}

TEST(InterludesOfAPipeline, AreWithdrawnBeforeTheirTurn) {
    Interludes interludes;
    std::stop_source gone;
    gone.request_stop();
    EXPECT_THROW(interludes.run([](Destination&) {}, gone.get_token()), Error);
    EXPECT_FALSE(interludes.wanted());
}

TEST_F(Pipeline, WaitsForRoomUntilACommitHasFoundSome) {
    destination.fail_at = 3;
    destination.room_comes = true;
    std::set<std::string> states;  // after the failure, before the next commit
    plan.on_next = [&] {
        if (destination.reopened > 0 && progress.report().batches == 2) states.insert(progress.report().state);
    };
    run();
    EXPECT_EQ(destination.applied, up_to(10));
    EXPECT_EQ(states, std::set<std::string>{"waiting"});
}

TEST_F(Pipeline, AppliesAllAndAcknowledgesAfterwards) {
    run();
    EXPECT_EQ(destination.applied, up_to(10));
    EXPECT_EQ(plan.acknowledged, up_to(10));
    EXPECT_EQ(progress.report().batches, 10u);
}

TEST_F(Pipeline, SaysOfEachBatchThatItIsCommittedBeforeTheNextOneIs) {
    std::vector<int64_t> told;
    plan.committed = [&](int64_t offset) {
        EXPECT_EQ(destination.applied.back(), offset);
        told.push_back(offset);
    };
    destination.fail_at = 4;
    destination.room_comes = true;
    run();
    EXPECT_EQ(told, up_to(10)) << "not of the one that failed, and once of its repetition";
}

TEST_F(Pipeline, WaitsOutATransientErrorAndContinuesWithoutGapOrDouble) {
    plan.fail_before = 6;
    run();
    EXPECT_EQ(destination.applied, up_to(10));
    EXPECT_EQ(plan.starts, 2);
    EXPECT_EQ(progress.report().restarts, 1u);
}

// It says so as long as it lasts, also while batches that had been read before are still written.
TEST_F(Pipeline, ASourceThatIsAwayIsWaitedFor) {
    plan.away = "nobody answers";
    std::vector<std::string> seen;
    destination.on_apply = [&] { seen.push_back(progress.report().state + ": " + progress.report().waiting_for); };
    run();
    EXPECT_EQ(seen, std::vector<std::string>(10, "waiting: nobody answers"));
    EXPECT_EQ(progress.report().state, "stopping");
    EXPECT_EQ(progress.report().waiting_for, "");
}

TEST(ProgressOfAPipeline, KnowsSinceWhenItWaits) {
    Progress progress;
    progress.running();
    const auto running_since = progress.report().state_since;
    progress.running();
    EXPECT_EQ(progress.report().state_since, running_since);
    std::this_thread::sleep_for(milliseconds{2});
    progress.source_away("nobody answers");
    const auto waiting = progress.report();
    EXPECT_EQ(waiting.state, "waiting");
    EXPECT_EQ(waiting.waiting_for, "nobody answers");
    EXPECT_GT(waiting.state_since, running_since);
    std::this_thread::sleep_for(milliseconds{2});
    progress.source_away("nobody answers");
    progress.running();  // a batch that was read before
    EXPECT_EQ(progress.report().state_since, waiting.state_since);
    progress.source_away(std::nullopt);
    EXPECT_EQ(progress.report().state, "running");
    EXPECT_GT(progress.report().state_since, waiting.state_since);
    EXPECT_EQ(progress.report().restarts, 0u);
}

TEST_F(Pipeline, ATransientErrorBeforeTheFirstBatchIsFinal) {
    plan.fail_before = 1;
    EXPECT_THROW(run(), Error);
    EXPECT_EQ(plan.starts, 1);
}

TEST_F(Pipeline, ASourceThatHasStartedIsWaitedForBeforeItsFirstBatch) {
    plan.fail_before = 1;
    patience = Patience::once_started;
    run();
    EXPECT_EQ(destination.applied, up_to(10));
    EXPECT_EQ(plan.starts, 2);
}

TEST_F(Pipeline, ASourceThatCannotStartIsWaitedForOnlyWhenItIsKnown) {
    plan.fail_starts = 2;
    patience = Patience::once_started;
    EXPECT_THROW(run(), Error);
    EXPECT_EQ(plan.starts, 1);
    patience = Patience::always;
    run();
    EXPECT_EQ(destination.applied, up_to(10));
    EXPECT_EQ(plan.starts, 3);
}

TEST_F(Pipeline, WhatSomebodyMayMendIsWaitedForOnceStarted) {
    mended_by_somebody = [](const Error& problem) { return std::string("look: ") + problem.what(); };
    plan.transient = false;
    plan.fail_before = 4;
    run();
    EXPECT_EQ(destination.applied, up_to(10));
    EXPECT_EQ(plan.starts, 2);
    plan.starts = 0;
    plan.fail_starts = 1;
    EXPECT_THROW(run(), Error);
}

TEST_F(Pipeline, AFullDestinationIsReopenedUntilItHasRoom) {
    destination.fail_at = 3;
    destination.room_comes = true;
    run();
    EXPECT_EQ(destination.applied, up_to(10));
    EXPECT_EQ(destination.reopened, 3);
    EXPECT_EQ(plan.starts, 2);
}

TEST_F(Pipeline, AFinalErrorOfTheSourceIsThrownAfterWhatWasReadIsLoaded) {
    plan.fail_before = 4;
    plan.transient = false;
    EXPECT_THROW(run(), Error);
    EXPECT_EQ(destination.applied, up_to(3));
}

TEST_F(Pipeline, AnErrorOfTheDestinationStopsTheReaderAndIsThrown) {
    destination.fail_at = 3;
    plan.last = 1'000'000'000'000;
    try {
        run();
        FAIL() << "no error";
    } catch (const Error& problem) {
        EXPECT_EQ(problem.kind(), ErrorKind::destination);
    }
    EXPECT_EQ(destination.applied, up_to(2));
    for (const int64_t offset : plan.acknowledged) EXPECT_LE(offset, 2);
}

TEST_F(Pipeline, StopLeavesAPositionThatALaterRunContinuesFrom) {
    plan.last = 1'000'000'000;
    std::thread later([&] {
        while (progress.report().batches < 100) std::this_thread::yield();
        stop = true;
    });
    run();
    later.join();
    const auto done = static_cast<int64_t>(destination.applied.size());
    EXPECT_EQ(destination.applied, up_to(done));
    EXPECT_EQ(plan.acknowledged.back(), done);
    plan.last = done + 5;
    stop = false;
    run();
    EXPECT_EQ(destination.applied, up_to(done + 5));
}

TEST_F(Pipeline, AStopEndsWhatTheSourceWaitsForBehindItsBatches) {
    plan.next_waits = true;
    destination.on_apply = [&] { stop = destination.applied.size() == 10; };
    run();
    EXPECT_EQ(destination.applied, up_to(10));
    EXPECT_EQ(plan.acknowledged.back(), 10);
    EXPECT_EQ(progress.report().state, "stopping");
}

TEST_F(Pipeline, AStopEndsAStartThatWaits) {
    plan.start_waits = true;
    stop = true;
    run();
    EXPECT_TRUE(destination.applied.empty());
    EXPECT_EQ(plan.starts, 1);
}

}  // namespace
}  // namespace pintail::pipeline
