// pintail.quarantine: what could not become rows, kept with its bytes.
//
// One loader thread, inside its transaction; construct anew after an Error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/batch.hpp"
#include "core/stored_state.hpp"
#include "duck/connection.hpp"

namespace pintail::duck {

class QuarantineStore {
public:
    QuarantineStore(const Connection& connection, std::string catalog);

    void store(const std::vector<QuarantinedMessage>& messages);
    // Rows of a query with one VARCHAR column (JSON of the cells that are known), kept as values.
    uint64_t store_rows(const std::string& table, const std::string& reason, const std::string& query);

private:
    const Connection& connection_;
    std::string catalog_;
    int64_t next_id_ = 1;
};

// Keys with messages in quarantine: their later changes queue behind.
std::vector<BlockedKey> blocked_keys(const Connection& connection, const std::string& catalog);

}  // namespace pintail::duck
