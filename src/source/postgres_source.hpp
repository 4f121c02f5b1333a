// Postgres itself as a Source: copies what the target lacks, then follows the slot (docs/direct.md).
//
// start() makes publication and slot where they are missing and refuses to go on where that would leave a gap. Batches
// end at commits of the source, all tables together; each carries the end of its last commit as position.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <optional>
#include <string>
#include <vector>

#include "core/source.hpp"
#include "postgres/connection.hpp"
#include "postgres/publication.hpp"
#include "postgres/replication_slot.hpp"
#include "postgres/replication_stream.hpp"
#include "postgres/type_lookup.hpp"
#include "source/postgres_assembler.hpp"
#include "source/table_sync.hpp"
#include "source/transaction_spool.hpp"

namespace pintail::source {

struct PostgresSourceOptions {
    std::string url;
    std::string slot;
    std::string publication;
    std::function<bool(const TableName&)> wants_table;  // empty: all
    BatchLimits limits;
    size_t snapshot_jobs = 2;
    std::string spool_folder;
    uint64_t spool_bytes = uint64_t{64} << 30;
    bool until_current = false;    // stop at what is committed when start() ends
    std::optional<Lsn> until;      // stop here
};

class PostgresSource : public Source {
public:
    explicit PostgresSource(PostgresSourceOptions options);
    ~PostgresSource() override;

    void start(const StoredState& state) override;
    std::optional<Batch> next(bool loader_idle, std::chrono::milliseconds patience) override;
    void acknowledge(const Position& position) override;
    void keep_alive() override;
    bool finished() const override;
    std::vector<StreamProgress> progress() const override;

private:
    using Clock = std::chrono::steady_clock;
    using milliseconds = std::chrono::milliseconds;

    // set-up
    void identify();
    void refuse_gap(const StoredState& state);
    void refuse_lost_publication() const;
    void check_timeline(const PostgresPosition& stored) const;
    [[noreturn]] void refuse(const std::string& why) const;
    void prepare_publication();
    Lsn prepare_slot(const StoredState& state);
    void check_stored(const PostgresPosition& stored, const std::optional<postgres::SlotState>& slot) const;
    void adopt_tables(const StoredState& state);
    CatalogAnswers catalog_answers();
    MissingValue missing_value(const TableName& table, const std::string& column);
    void make_assembler();
    void open_stream();

    // copying tables
    std::vector<postgres::PublishedTable> tables_to_copy();
    void begin_sync(std::vector<postgres::PublishedTable> tables);
    void sync_now(const postgres::ExportedSnapshot& snapshot, std::vector<postgres::PublishedTable> tables);
    std::optional<Batch> next_of_sync(milliseconds patience);
    void end_sync();
    bool swap_in_copies(Lsn reached);
    void log_sync(bool at_end);
    bool may_end() const;
    bool look_is_due() const;
    void look_at_catalog();
    void try_to_look_at_catalog();

    // the stream
    std::optional<Batch> next_of_stream(bool loader_idle, milliseconds patience);
    bool take_message(std::string_view message);
    bool feed(std::string_view message, bool in_stream);
    bool replay_spooled();
    void spool_message(std::string_view message);
    std::optional<Batch> close_or_rewind();
    std::optional<Batch> take();
    bool must_close() const;
    bool ripe(bool loader_idle) const;
    std::optional<Batch> idle_position();
    PostgresPosition position_at(Lsn lsn) const;
    Batch positioned(Batch batch);
    void publish_progress();

    PostgresSourceOptions options_;
    std::unique_ptr<postgres::Connection> catalog_;
    std::unique_ptr<postgres::Connection> slot_maker_;  // a replication connection for slots and their snapshots
    std::unique_ptr<postgres::TypeLookup> types_;
    postgres::ServerIdentity server_;
    postgres::PublicationState publication_;

    std::map<TableName, Lsn> copied_;                                    // tables whose copy is whole, as of when
    std::map<TableName, std::shared_ptr<const TableSchema>> known_;      // shapes that the target has
    std::unique_ptr<TableSync> sync_;
    bool copy_again_ = false;                 // a table's shape could not be followed
    std::set<TableName> warned_;              // of tables without identity
    std::vector<TableName> waiting_swaps_;    // copied whole, to be shown when the stream has reached swap_at_
    Lsn swap_at_;
    Clock::time_point next_look_;
    Clock::time_point next_sync_log_;
    Clock::time_point sync_began_;

    std::unique_ptr<postgres::ReplicationStream> stream_;
    std::unique_ptr<PostgresAssembler> assembler_;
    std::unique_ptr<TransactionSpool> spool_;
    wire::PgMessage peeked_;
    uint32_t streaming_xid_ = 0;       // between stream_start and stream_stop
    std::optional<uint32_t> replaying_;  // a spooled transaction that is being applied
    Lsn replay_end_;
    std::string again_;                // the message to be fed again behind a close_first
    bool feed_again_ = false;
    bool rewind_ = false;

    Lsn stored_;                       // the position of the last batch handed out
    Lsn acknowledged_;
    Clock::time_point stored_at_;
    std::optional<Lsn> until_;
    bool done_ = false;
    mutable std::mutex progress_mutex_;
    std::vector<StreamProgress> progress_;
};

}  // namespace pintail::source
