// A DuckDB file as the destination: rows, positions and pintail's state in one transaction per batch.
//
// The process that has one open owns the file (DuckDB locks it). All calls from one thread, the loader's; other
// threads of the process read beside it through a TargetReader (target_reader.hpp).
// A batch of which apply() finds that the file is not the one any more that its name leads to is not acknowledged.
// After an Error of apply() the target is as before the batch and apply() may be called again, unless DuckDB has
// invalidated the open database (a full disk does that): reopen() makes it whole. Where memory was short and no limit
// is set the error is transient, and reopen() gives DuckDB more.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/destination.hpp"
#include "duck/file_identity.hpp"
#include "duck/target_options.hpp"

namespace pintail::duck {

class TargetReader;
struct QuarantineSelection;

class DuckDestination : public Destination {
public:
    // Opens the file, making it when there is none. Error(destination) names the process that has it, or what is
    // wrong with the place.
    explicit DuckDestination(const TargetOptions& options);
    ~DuckDestination() override;

    StoredState recover() override;
    ApplyResult apply(Batch batch) override;
    // What waits in quarantine, see load_quarantine(). Not between the parts of a transaction.
    std::vector<QuarantinedMessage> quarantined(const QuarantineSelection& selection, int64_t after, size_t most);
    // TargetStatus has it from here on; what is empty stays as it was. Not between the parts of a transaction.
    void claim(LoadedBy by);
    void rest() override;   // does nothing while there are readers: what DuckDB keeps in memory is theirs, too
    void check() override;  // the file may have been deleted or replaced
    // Waits for the readers to end. Everything that was committed is in the file.
    void reopen() override;

    // Another connection to the same open file, for use by another thread. It keeps the file open while it lives.
    // Error(destination) between the two halves of reopen().
    TargetReader reader() const;

private:
    struct State;
    TargetOptions options_;
    mutable std::mutex mutex_;  // of the pointer: reader() is called from other threads
    std::unique_ptr<State> state_;
    FileIdentity file_;
    size_t memory_granted_ = 0;    // beyond the default, see MemoryRoom
    std::weak_ptr<void> closing_;  // the open database that reopen() waits to be closed
};

}  // namespace pintail::duck
