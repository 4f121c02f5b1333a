// Messages of the quarantine through the decoder again: batches whose rows replace them.
//
// A key's messages are taken in order, and the first that still cannot be decoded keeps all behind it where they are.
// Single-threaded; nothing else may read the topics meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "source/debezium_assembler.hpp"

namespace pintail::source {

// A message that stays in quarantine, and why now.
struct StillQuarantined {
    int64_t id = 0;
    std::string reason;
};

class QuarantineReplay {
public:
    QuarantineReplay(const AssemblerOptions& options, const StoredState& state);

    // To be applied in order; each releases the messages that it holds. `messages`: as they came to quarantine, over
    // all calls. Throws Error when it is not the messages that are at fault: nobody knows a table's types, the source
    // is away.
    std::vector<Batch> replay(const std::vector<QuarantinedMessage>& messages);

    // The first of each key that was tried again in vain, since the last call.
    std::vector<StillQuarantined> take_failures() { return std::exchange(failures_, {}); }

private:
    using Key = std::pair<std::string, std::string>;  // topic, key bytes
    bool add(const QuarantinedMessage& message);
    void close_batch();

    DebeziumAssembler assembler_;
    std::set<Key> waiting_;  // keys whose first message failed
    std::vector<int64_t> released_;
    std::vector<Batch> batches_;
    std::vector<StillQuarantined> failures_;
};

}  // namespace pintail::source
