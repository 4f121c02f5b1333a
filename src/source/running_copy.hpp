// Copies tables into hidden copies while the stream goes on for all others (docs/decisions/0005-hidden-copies.md).
//
// The owner of the stream hands it every message in the order of commits. What concerns its tables is kept aside on
// disk from the beginning on, as the snapshot's point lies ahead; when the copy is whole, what was kept aside is
// applied to it. When nothing is left and the stream has reached the snapshot's point, the tables can be shown: at any
// commit, together. One thread. A failure of the copy is thrown by next().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.hpp"
#include "source/postgres_assembler.hpp"
#include "source/spool_file.hpp"
#include "source/table_sync.hpp"

namespace pintail::source {

// The last announcement of each relation, as it comes outside of in-progress streaming.
class Announcements {
public:
    void note(std::string_view message, bool in_stream);
    void clear() { last_.clear(); }
    const std::map<uint32_t, std::string>& all() const { return last_; }

private:
    std::map<uint32_t, std::string> last_;
};

class RunningCopy {
public:
    // Between transactions of the stream. `slot`: a name for the temporary slot; `announced`: so far, by the stream.
    RunningCopy(TableSyncOptions options, std::string slot, std::vector<postgres::PublishedTable> tables,
                CatalogAnswers catalog, SpoolFolder& spool, const Announcements& announced);

    void begin(Lsn commit_lsn, int64_t commit_time_us, uint32_t xid);
    void add(std::string_view message, bool in_stream);
    void commit(Lsn end_lsn);
    void rewind();  // the unfinished transaction will come again, from its begin

    // The stream has told the target that the name's copy is worth nothing: nothing more of it comes.
    void give_up(const TableName& name);

    // The next rows of hidden copies. nullopt: none now.
    std::optional<Batch> next();
    bool has_next() const;

    bool copied() const { return sync_.done(); }  // what is left is only what was kept aside
    uint64_t kept_aside() const { return kept_aside_; }
    uint64_t replayed() const { return at_; }
    uint64_t left() const { return whole_ - at_; }
    SyncProgress progress() const { return sync_.progress(); }

    // Once copied(): the snapshot's point, the tables that can be shown as they are known, and whether there are tables
    // whose copy came to nothing (the target has been told: SnapshotDue).
    Lsn lsn() const { return *sync_.lsn(); }
    std::map<TableName, KnownTable> tables() const;
    bool has_spoilt() const { return has_spoilt_; }

private:
    std::optional<Batch> next_copied();
    std::optional<Batch> next_replayed();
    PostgresAssembler::Taken replay(const std::string& record);
    void leave_out_given_up(std::vector<Step>& steps) const;
    void announce(const std::string& message);
    void keep(std::string_view message);
    void append(std::string_view record);
    void keep_truncate(const wire::PgMessage& message);

    BatchLimits limits_;
    std::map<TableName, uint32_t> oids_;
    std::set<uint32_t> relations_;  // the same oids: announced they may be under names of before
    PostgresAssembler assembler_;   // of what was kept aside
    std::set<TableName> ready_;     // copied, and followed since
    std::set<TableName> given_up_;
    bool has_spoilt_ = false;

    SpoolFile aside_;
    uint64_t at_ = 0;          // read so far
    uint64_t whole_ = 0;       // the end of the last whole transaction
    uint64_t kept_aside_ = 0;  // bytes of the file; never falls
    bool in_transaction_ = false;
    bool kept_begin_ = false;
    Lsn commit_lsn_;
    int64_t commit_time_us_ = 0;
    uint32_t xid_ = 0;
    wire::PgMessage message_;

    TableSync sync_;
};

}  // namespace pintail::source
