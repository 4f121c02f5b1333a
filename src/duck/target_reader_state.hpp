// What a TargetReader holds; shared by target_reader.cpp and duck_destination.cpp, which makes one of its own file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "duck/connection.hpp"
#include "duck/state_schema.hpp"
#include "duck/target_reader.hpp"

namespace pintail::duck {

struct TargetReader::State {
    explicit State(std::shared_ptr<Database> database)
        : connection(std::move(database)), catalog(current_catalog(connection)) {}

    Connection connection;
    std::string catalog;
    std::optional<Transaction> pinned;  // goes before the connection
};

}  // namespace pintail::duck
