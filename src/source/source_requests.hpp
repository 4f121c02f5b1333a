// What commands ask of a running PostgresSource: a letter box between their threads and the reader's.
//
// Any thread posts; the source looks here between two transactions of its stream. It outlives sources: a request waits
// while the server is away, and the next source takes it. Whoever made a request holds the future of its outcome and
// not the request itself: one that is lost on its way (the connection broke, pintail ends) breaks its promise.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "core/batch.hpp"
#include "core/lsn.hpp"
#include "core/table_schema.hpp"
#include "source/server_snapshot.hpp"

namespace pintail::source {

// Why a table of the target is not followed any more (SnapshotDue::why, TableStatus::not_followed): nothing brings it
// back by itself.
inline constexpr const char* kGone = "the source has dropped it or publishes it no more; its rows stay";

// Likewise, of one that a copy brings back.
inline constexpr const char* kAskedFor = "a new copy was asked for";

// Copy these tables again. Kept when the target remembers that the copies are due, so that they survive any end of the
// process; Error(usage) when one of the tables is not followed, and then none is copied.
struct ResyncRequest {
    std::vector<TableName> tables;
    std::promise<void> noted;
};

// The target is to have nothing of these tables any more. Kept when it has not; Error(usage) when one of the tables is
// followed, or would be copied again, and then none goes.
struct ForgetRequest {
    std::vector<TableName> tables;
    std::promise<void> noted;
};

// Let the target stand exactly at a snapshot of the source's server for a moment
// (docs/decisions/0008-verify-at-a-snapshot.md).
//
// The functions are called one after the other, each on the thread that is named, and must not outlive what they use:
// the request owns it. Whatever the first two throw is the outcome.
struct MarkRequest {
    // Reader: takes a snapshot. More than once, when the one before turned out to stand between the stream's
    // transactions.
    std::function<ServerSnapshot()> take_snapshot;
    // Reader, empty allowed: what the target is to be given at that place, as of the snapshot.
    std::function<std::vector<Step>()> steps;
    // Loader: the target holds what the snapshot sees (and the steps), and nothing else. `at`: the last commit that it
    // holds.
    std::function<void(Lsn at)> reached;
    std::atomic<bool> abandoned{false};  // any thread: nobody waits for it any more
    std::promise<void> done;
};

// Error(usage) with the way out.
[[noreturn]] void refuse_to_forget_followed(const TableName& table);

using SourceRequest =
    std::variant<std::shared_ptr<ResyncRequest>, std::shared_ptr<ForgetRequest>, std::shared_ptr<MarkRequest>>;

class SourceRequests {
public:
    void post(SourceRequest request);
    // In the order in which they came.
    std::optional<SourceRequest> take();
    bool empty() const;

private:
    mutable std::mutex mutex_;
    std::deque<SourceRequest> waiting_;
};

}  // namespace pintail::source
