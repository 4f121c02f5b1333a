// Where batches come from.
//
// One thread (the reader) makes all calls but those that say otherwise. Errors are thrown as Error; a transient one
// means that the pipeline may destroy the source, make a new one and start() it again from what the target remembers:
// nothing is lost by that.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/batch.hpp"
#include "core/stored_state.hpp"

namespace pintail {

// How big a batch may become. A source may exceed it where a batch must not end (inside a source transaction,
// between the two halves of a key change).
struct BatchLimits {
    size_t rows = 245'760;  // two row groups of DuckDB: whole ones go straight into the file
    size_t bytes = 64 << 20;
    std::chrono::milliseconds age{1000};
};

// How far one stream (a topic's partition, a replication slot) has been read.
struct StreamProgress {
    enum class Unit { messages, bytes };

    std::string name;
    int64_t read = 0;  // the next position to be read
    int64_t end = 0;   // where the server stood when it was last heard of
    Unit unit = Unit::messages;
    int64_t server_pid = 0;            // the process of the server that has the slot; 0: not known
    int64_t commit_time_us = 0;        // by the source's clock, of what was read last; 0: not known
    std::vector<std::string> held_up;  // why something of it does not come although there is more, as sentences
};

class Source {
public:
    virtual ~Source() = default;

    // Once, before all other calls: continue where the target stands.
    virtual void start(const StoredState& state) = 0;

    // Waits up to `patience` for a batch. `loader_idle`: the loader has nothing to do, so whatever is there should
    // come at once instead of growing to the limits. nullopt: nothing ripe yet, or finished.
    virtual std::optional<Batch> next(bool loader_idle, std::chrono::milliseconds patience) = 0;

    // Any thread: the loader has turned idle. A next() that waits returns, so that what is there can be asked for.
    virtual void loader_turned_idle() {}

    // Everything up to `position` is committed in the target.
    virtual void acknowledge(const Position& position) = 0;

    // Any thread, again and again once somebody has asked to stop: a start() or next() that waits for the server,
    // however long that may take, throws Interrupted instead.
    virtual void interrupt() {}

    // Called at least once a second while a full queue forbids next(): the time to answer keepalives.
    virtual void keep_alive() {}

    // A finite run (--until) has handed out its last batch.
    virtual bool finished() const = 0;

    // Why nothing comes although the source goes on trying by itself: its server does not answer. nullopt: it does.
    virtual std::optional<std::string> away() const { return std::nullopt; }

    // Any thread.
    virtual std::vector<StreamProgress> progress() const = 0;
};

}  // namespace pintail
