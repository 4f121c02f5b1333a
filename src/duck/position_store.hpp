// Positions in schema `pintail`: written with the rows they stand for, in the loader's transaction.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/position.hpp"
#include "duck/connection.hpp"

namespace pintail::duck {

// Reads what is stored; monostate: nothing. Throws Error(destination) for a target that two kinds of source wrote.
Position load_position(const Connection& connection, const std::string& catalog);

// Keeps its statements prepared: a one-row batch spends a fifth of its time here. One loader thread; construct anew
// after any Error (it remembers which rows exist).
class PositionStore {
public:
    PositionStore(const Connection& connection, std::string catalog);

    void store(const Position& position);

private:
    void store(const KafkaPosition& position);
    void store(const PostgresPosition& position);
    void store_partition(Statement& statement, const PartitionPosition& partition);

    const Connection& connection_;
    std::string catalog_;
    std::map<std::pair<std::string, int32_t>, bool> known_;  // partitions that have a row
    bool has_postgres_row_ = false;
    std::optional<Statement> update_partition_;
    std::optional<Statement> update_postgres_;
};

}  // namespace pintail::duck
