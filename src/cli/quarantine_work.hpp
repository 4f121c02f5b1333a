// Trying quarantined messages again, or giving them up: on an open target that nobody else writes meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "duck/duck_destination.hpp"
#include "duck/quarantine_selection.hpp"
#include "pipeline/interludes.hpp"
#include "serve/query.hpp"
#include "source/quarantine_replay.hpp"

namespace pintail::cli {

enum class QuarantineAction { retry, drop };

struct QuarantineOrder {
    QuarantineAction action = QuarantineAction::retry;
    duck::QuarantineSelection selection;  // retry takes the whole keys of what is selected
};

// A run of messages that were given up.
struct GivenUp {
    std::string topic;  // empty: rows that the target could not complete
    std::string table;  // empty: unknown
    uint64_t messages = 0;
    int64_t first_offset = 0;
    int64_t last_offset = 0;
};

struct QuarantineOutcome {
    uint64_t selected = 0;
    uint64_t gone = 0;                               // applied (retry) or dropped
    uint64_t freed_keys = 0;                         // nothing of them is in quarantine any more: later changes apply
    std::vector<source::StillQuarantined> failures;  // of retry: the first of each key, at most kMostFailures
    std::vector<GivenUp> given_up;                   // of drop
    std::vector<TableName> followed_again;           // of retry: tables that were not followed
    bool by_copy = false;                            // they are copied again, and followed from there on
};

inline constexpr size_t kMostFailures = 100;

// What is applied leaves the quarantine in the same transaction as its rows come. A table that is not followed is tried
// as a whole, in its order, and followed again when the target takes it in. Error(usage): nothing is selected.
// Error(destination, transient): a table's snapshot is under way.
QuarantineOutcome work_on_quarantine(duck::DuckDestination& target, const source::AssemblerOptions& options,
                                     const QuarantineOrder& order);

// Each table that is not followed, with all that waits of it, as far as the target's policies let it. The log says how
// it went.
void follow_tables_again(Destination& destination, const source::AssemblerOptions& options);

// The same as a task of a running pintail: a row of the answer is the outcome as JSON.
serve::TaskHandler quarantine_task(pipeline::Interludes& interludes, source::AssemblerOptions options);

std::string order_json(const QuarantineOrder& order);
std::string outcome_json(const QuarantineOutcome& outcome);

}  // namespace pintail::cli
