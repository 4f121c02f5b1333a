// Postgres itself as a Source: copies what the target lacks, then follows the slot (docs/direct.md).
//
// start() makes publication and slot where they are missing and refuses to go on where that would leave a gap. Batches
// end at commits of the source, all tables together; each carries the end of its last commit as position.
//
// Tables are copied out of sight and shown at a commit of the stream, so that readers never see tables of different
// commits. While nothing is shown yet (the first copy) the stream waits; later copies run beside it (RunningCopy).
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/source.hpp"
#include "postgres/connection.hpp"
#include "postgres/publication.hpp"
#include "postgres/replication_slot.hpp"
#include "postgres/replication_stream.hpp"
#include "postgres/sessions.hpp"
#include "postgres/type_lookup.hpp"
#include "postgres/wake_up.hpp"
#include "source/copy_log.hpp"
#include "source/postgres_assembler.hpp"
#include "source/running_copy.hpp"
#include "source/server_snapshot.hpp"
#include "source/source_requests.hpp"
#include "source/spool_file.hpp"
#include "source/table_sync.hpp"
#include "source/transaction_spool.hpp"

namespace pintail::source {

struct PostgresSourceOptions {
    std::string url;
    std::string slot;
    std::string publication;
    std::function<bool(const TableName&)> wants_table;  // empty: all
    ColumnPolicies policies;
    TypeChangeRule type_changes;
    bool leaves_quarantine =
        true;                // tables that are in quarantine as a whole are copied again where the rule has a way
    bool leaves_out = true;  // tables of the target that are not wanted are not followed any more
    BatchLimits limits;
    size_t snapshot_jobs = 2;
    StatusLine status_line;  // where a copy's progress is shown; empty: in the log
    std::string spool_folder;
    uint64_t spool_bytes = uint64_t{64} << 30;
    bool until_current = false;                // stop at what is committed when start() ends
    std::optional<Lsn> until;                  // stop here
    std::shared_ptr<SourceRequests> requests;  // of commands; may be empty
    // Of this source at the server, for whoever wants to know what it waits for; not that of the stream.
    std::shared_ptr<postgres::Sessions> sessions = std::make_shared<postgres::Sessions>();
    // For the source that is made after this one: the stream ended at a place that it cannot pass.
    std::shared_ptr<bool> publication_was_missing = std::make_shared<bool>(false);
};

class PostgresSource : public Source {
public:
    explicit PostgresSource(PostgresSourceOptions options);
    ~PostgresSource() override;

    void start(const StoredState& state) override;
    std::optional<Batch> next(bool loader_idle, std::chrono::milliseconds patience) override;
    void acknowledge(const Position& position) override;
    void keep_alive() override;
    void interrupt() override;
    void loader_turned_idle() override { wake_.ring(); }
    bool finished() const override;
    std::vector<StreamProgress> progress() const override;

private:
    using Clock = std::chrono::steady_clock;
    using milliseconds = std::chrono::milliseconds;

    // set-up
    void begin(const StoredState& state);
    bool is_interruption(const postgres::SqlError& problem) const;
    postgres::ConnectOptions connecting(bool replication) const;
    void identify();
    void wait_for(Lsn until);
    void refuse_gap(const StoredState& state);
    void prepare_publication();
    std::vector<postgres::PublishableTable> publish_tables();
    void note_locked();
    // Left out: of --tables and --exclude.
    struct Publishable {
        std::vector<postgres::PublishableTable> wanted;
        std::vector<postgres::PublishableTable> left_out;
    };
    void publish(const Publishable& tables, postgres::Locks locks);
    Publishable publishable_tables();
    std::vector<postgres::PublishedTable> published_tables();
    void warn_of_unlogged();
    void warn_of_unpublished(const std::vector<postgres::PublishableTable>& wanted);
    bool publication_is_new() const;
    void begin_behind_publication(const std::string& why);
    void note_moved();
    Lsn prepare_slot(const StoredState& state);
    void check_stored(const PostgresPosition& stored, const std::optional<postgres::SlotState>& slot) const;
    void adopt_tables(const StoredState& state);
    bool wants(const TableName& name) const { return !options_.wants_table || options_.wants_table(name); }
    void leave_out(const StoredTable& table);
    bool stays_in_quarantine(const StoredTable& table) const;
    bool has_key_of(const TableSchema& held) const;
    CatalogAnswers catalog_answers();
    void make_assembler();
    void open_stream();

    // copying tables
    static std::string temporary_slot_name();
    std::vector<postgres::PublishedTable> tables_to_copy();
    void leave_unreadable(std::vector<postgres::PublishedTable>& tables);
    TableSyncOptions copy_options() const;
    void begin_first_copy(const postgres::ExportedSnapshot& snapshot);
    void begin_missing_copies();
    void note_unproven();
    Batch forget_copies();

    // the first copy: the stream waits
    std::optional<Batch> next_of_first_copy(milliseconds patience);
    bool copy_commit_is_due();
    void hide(const SyncedTable& table, Lsn copied);
    void end_first_copy();
    bool show_is_due() const;
    Batch show_waiting();

    // later ones: the stream goes on
    std::optional<Batch> next_beside_copy(milliseconds patience);
    bool copy_can_end() const;
    std::optional<Batch> end_copy();
    void show(Batch& batch, const TableName& name);
    bool may_end() const;
    bool is_finite() const { return options_.until || options_.until_current; }
    bool look_is_due() const;
    void look_at_catalog();
    void try_to_look_at_catalog();
    bool may_wait(const postgres::SqlError& problem);
    bool looks_again(const postgres::SqlError& problem);
    std::optional<Batch> next_of_copy();

    // what commands ask for
    bool request_waits() const;
    std::optional<Batch> answer_request();
    std::optional<Batch> answer(const std::shared_ptr<ResyncRequest>& request);
    void refuse_unfollowed(const std::vector<TableName>& tables);
    std::optional<Batch> answer(const std::shared_ptr<ForgetRequest>& request);
    void refuse_to_forget(const std::vector<TableName>& tables);
    std::optional<Batch> answer(const std::shared_ptr<MarkRequest>& request);
    bool mark_is_due() const;
    std::optional<Batch> begin_mark();
    void fail_mark(std::exception_ptr problem);
    bool cut_before(uint32_t xid);
    bool cut_is_sure() const;
    void give_up_cut();
    std::optional<Batch> stand_at_mark();
    // what DDL does
    void look_for_changes();
    void wait_until_visible(uint32_t xid);
    std::shared_ptr<const CatalogEntry> entry_now(uint32_t oid);
    bool reconcile_is_due() const;
    void note_renamed();
    void reconcile();
    void reconcile_dropped();
    void note_gone();
    void reconcile_names();
    void reconcile_shape(const TableName& name);
    bool knows_more(const TableName& name) const;
    bool knows_later_name(const TableName& name) const;
    bool is_known_otherwise(const TableName& name) const;

    // the stream
    std::optional<Batch> next_of_stream(bool loader_idle, milliseconds patience);
    bool turn_is_over(size_t messages, Clock::time_point deadline) const;
    bool take_message(std::string_view message);
    void overhear(std::string_view message, bool in_stream);
    bool feed(std::string_view message, bool in_stream);
    bool feed_again(std::string_view message);
    bool replay_spooled();
    void spool_message(std::string_view message);
    std::optional<Batch> close_or_rewind();
    std::optional<Batch> take();
    bool must_close() const;
    bool ripe(bool loader_idle) const;
    bool far_behind() const;
    std::optional<Batch> idle_position();
    PostgresPosition position_at(Lsn lsn, int64_t time_us) const;
    Batch positioned(Batch batch);
    Batch without_progress(Batch batch) const;
    Lsn reached() const { return std::max(assembler_->committed(), quiet_at_); }
    void publish_slot_maker();
    void publish_progress();

    PostgresSourceOptions options_;
    std::unique_ptr<postgres::Connection> catalog_;
    std::unique_ptr<postgres::Connection> slot_maker_;  // a replication connection for slots and their snapshots
    std::unique_ptr<postgres::TypeLookup> types_;
    postgres::ServerIdentity server_;
    postgres::PublicationState publication_;

    std::map<TableName, Lsn> copied_;        // tables whose copy is whole, as of when
    std::map<TableName, KnownTable> known_;  // as the target has them
    std::set<TableName> shown_;              // what readers see
    std::set<TableName> quarantined_;        // not followed, as they stood
    std::set<TableName> gone_;               // likewise, since the source has them no more: the target knows it
    std::set<TableName> waiting_;            // copied whole, and hidden until the stream has reached show_at_
    Lsn show_at_;
    std::vector<SnapshotDue> due_;         // copies that must begin anew, before anything else the target's to know
    bool copy_again_ = false;              // a table's copy has to begin again, or one is due now
    int overtaken_ = 0;                    // looks and plans of copies, in a row, by DDL
    Clock::time_point copy_committed_at_;  // of the first copy
    std::set<TableName> warned_;           // of tables without identity
    std::set<TableName> unpublished_;      // likewise, of tables that the target has
    std::set<TableName> unlogged_;         // likewise
    std::set<TableName> locked_;           // said to wait for somebody's lock
    std::map<TableName, std::string> unreadable_;  // said not to be copied for want of a right, with the sentence
    std::string unpublishable_;                    // said of a standby, whose primary has to publish tables
    bool warned_of_nothing_ = false;
    Clock::time_point next_look_;
    // A look at the catalog that waits for the stream to come to where it was taken.
    struct Look {
        std::map<uint32_t, std::shared_ptr<const CatalogEntry>> entries;  // by oid
        uint64_t read = 0;                                                // CatalogEntry::read
        Lsn at;                                                           // what it saw was committed before
    };
    std::optional<Look> look_;
    uint64_t reads_ = 0;        // of the catalog
    uint32_t visible_xid_ = 0;  // the last transaction that the catalog was waited for

    std::unique_ptr<SpoolFolder> spool_folder_;
    std::unique_ptr<TableSync> first_copy_;
    std::unique_ptr<RunningCopy> copy_;
    bool copys_turn_ = false;    // of copy_ and stream
    uint64_t replay_until_ = 0;  // copy_'s turn is not over before: it has to gain on the stream
    uint64_t turn_ends_at_ = 0;  // the stream's, in bytes that copy_ has kept aside
    CopyLog copy_log_{options_.status_line};

    std::shared_ptr<MarkRequest> mark_;  // the one that is being served
    SnapshotCut cut_;                    // where in the stream
    Clock::time_point next_mark_;        // not before: another snapshot
    Clock::time_point mark_until_;
    postgres::WakeUp wake_;
    std::unique_ptr<postgres::ReplicationStream> stream_;
    std::unique_ptr<PostgresAssembler> assembler_;
    std::unique_ptr<TransactionSpool> spool_;
    Announcements announced_;
    Lsn quiet_at_;  // everything before it had been received when the stream last fell silent
    wire::PgMessage peeked_;
    uint32_t streaming_xid_ = 0;         // between stream_start and stream_stop
    std::optional<uint32_t> replaying_;  // a spooled transaction that is being applied
    Lsn replay_end_;
    std::string again_;  // the message to be fed again behind a close_first
    bool feed_again_ = false;
    bool rewind_ = false;
    Lsn log_end_;  // of the server, when the stream was opened

    Lsn stored_;  // the position of the last batch handed out
    int64_t stored_time_us_ = 0;
    Lsn acknowledged_;
    Clock::time_point stored_at_;
    std::optional<Lsn> until_;
    bool done_ = false;
    std::atomic<bool> interrupted_{false};
    mutable std::mutex progress_mutex_;
    std::vector<StreamProgress> progress_;
};

}  // namespace pintail::source
