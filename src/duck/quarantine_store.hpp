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
#include "duck/quarantine_selection.hpp"

namespace pintail::duck {

class QuarantineStore {
public:
    QuarantineStore(const Connection& connection, std::string catalog);

    // What the batch releases and supersedes goes, what it quarantines comes.
    void apply(const Batch& batch);
    // Rows of a query with one VARCHAR column (JSON of the cells that are known), kept as values.
    uint64_t store_rows(const std::string& table, const std::string& reason, const std::string& query);
    // All that waits of the table goes, unapplied.
    void forget(const TableName& table);

private:
    void remove(const std::vector<int64_t>& ids);
    void remove(const SupersededMessages& superseded);
    void store(const std::vector<QuarantinedMessage>& messages);

    const Connection& connection_;
    std::string catalog_;
    int64_t next_id_ = 1;
};

// Of the selected ones those with an id beyond `after`, ascending (as they came), at most so many.
std::vector<QuarantinedMessage> load_quarantine(const Connection& connection, const std::string& catalog,
                                                const QuarantineSelection& selection, int64_t after, size_t most);

// Keys with messages in quarantine: their later changes queue behind. Not those that wait with their whole table.
std::vector<BlockedKey> blocked_keys(const Connection& connection, const std::string& catalog);
// Topics with messages of tables that are not followed.
std::vector<WaitingTopic> waiting_topics(const Connection& connection, const std::string& catalog);

}  // namespace pintail::duck
