// Where batches go. The guarantee: apply() makes the whole batch and its position durable in one transaction, or
// nothing of it; what recover() returns is exactly what the committed batches left. That alone gives exactly-once.
//
// One thread (the loader) makes all calls. Errors are thrown as Error; after one the destination is as before the
// failed batch. A transient one of ErrorKind::destination (its disk is full) goes away by itself: reopen(), recover()
// and go on from there.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/batch.hpp"
#include "core/error.hpp"
#include "core/stored_state.hpp"

namespace pintail {

struct ApplyResult {
    uint64_t rows_written = 0;
    uint64_t rows_removed = 0;
    uint64_t removes_without_row = 0;  // deletes that found nothing: reported, since source and target differ
    uint64_t rows_quarantined = 0;     // rows whose unchanged cells the target did not have: kept in quarantine
};

// What apply() throws instead of applying a batch with rows that a table cannot take in: the table is in quarantine
// from here on, as recover() says, and the source has to start anew from there.
class TableQuarantined : public Error {
public:
    TableQuarantined(TableName name, const std::string& why) : Error(ErrorKind::schema, why), table_(std::move(name)) {}
    const TableName& table() const { return table_; }

private:
    TableName table_;
};

class Destination {
public:
    virtual ~Destination() = default;

    virtual StoredState recover() = 0;
    virtual ApplyResult apply(Batch batch) = 0;

    // Nothing has come for some seconds: what is kept in memory for speed alone may go. Not between the parts of a
    // transaction.
    virtual void rest() {}

    // Nothing has come for a moment: Error when what was written is not where it is looked for any more.
    virtual void check() {}

    // Closes it and opens it again; throws a transient Error as long as that cannot be done.
    virtual void reopen() {}
};

}  // namespace pintail
