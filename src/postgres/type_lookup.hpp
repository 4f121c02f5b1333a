// What the stream's type numbers stand for, from the catalog, remembered. One thread.
#pragma once

#include <map>
#include <utility>

#include "core/source_table.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

class TypeLookup {
public:
    explicit TypeLookup(Connection& connection) : connection_(connection) {}

    // Domains resolved, arrays to their element. A type that is dropped meanwhile, or not visible yet, comes without
    // name: kept as text, and asked for again.
    SourceType find(uint32_t oid, int32_t modifier);

private:
    Connection& connection_;
    std::map<std::pair<uint32_t, int32_t>, SourceType> known_;
};

}  // namespace pintail::postgres
