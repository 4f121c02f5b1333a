#include "source/postgres_source.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/error.hpp"
#include "postgres/catalog.hpp"

namespace pintail::source {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kIdlePosition{10};  // how old the stored position may be while nothing happens …
constexpr uint64_t kIdleBytes = 16 << 20;          // … or how far behind
constexpr size_t kMessagesBetweenLooks = 1024;     // at the clock
constexpr uint64_t kFarBehindBytes = 16 << 20;     // of log: worth full batches, which go straight into the file

}  // namespace

PostgresSource::PostgresSource(PostgresSourceOptions options) : options_(std::move(options)) {}

PostgresSource::~PostgresSource() = default;

void PostgresSource::start(const StoredState& state) {
    catalog_ = std::make_unique<postgres::Connection>(options_.url);
    types_ = std::make_unique<postgres::TypeLookup>(*catalog_);
    identify();
    spool_folder_ = std::make_unique<SpoolFolder>(options_.spool_folder, options_.spool_bytes);
    adopt_tables(state);
    refuse_gap(state);
    postgres::await_free_slot(*catalog_, options_.slot);
    prepare_publication();
    stored_ = acknowledged_ = prepare_slot(state);
    if (const auto* at = std::get_if<PostgresPosition>(&state.position)) stored_time_us_ = at->commit_time_us;
    stored_at_ = Clock::now();
    slot_maker_.reset();  // idle, it would hold one of max_wal_senders
    if (options_.until_current) until_ = postgres::current_lsn(*catalog_);
    if (options_.until) until_ = options_.until;
    make_assembler();
    begin_missing_copies();
    if (!first_copy_) open_stream();
}

void PostgresSource::identify() {
    slot_maker_ = std::make_unique<postgres::Connection>(options_.url, postgres::ConnectOptions{.replication = true});
    server_ = postgres::identify_server(*slot_maker_);
}

void PostgresSource::adopt_tables(const StoredState& state) {
    if (std::holds_alternative<KafkaPosition>(state.position)) {
        throw Error(ErrorKind::destination,
                    "the target follows Kafka topics (pintail sink): give this source a target of its own");
    }
    for (const StoredTable& table : state.tables) {
        const TableName& name = table.schema->name;
        if (table.shown) shown_.insert(name);
        if (table.snapshot_open) {
            unfinished_.push_back(name);
            continue;
        }
        known_[name] = table.schema;
        if (table.snapshot_lsn) copied_[name] = Lsn{*table.snapshot_lsn};
        if (!table.snapshot_waits) continue;
        waiting_.insert(name);
        show_at_ = std::max(show_at_, copied_[name]);
    }
    if (!waiting_.empty()) spdlog::info("{} tables were copied before and wait for the others", waiting_.size());
}

// Before anything is made or altered at the source. A publication that was dropped is a gap, too: the server has
// dropped (from PostgreSQL 18 on without an error) what was changed since.
void PostgresSource::refuse_gap(const StoredState& state) {
    const auto* stored = std::get_if<PostgresPosition>(&state.position);
    if (!stored) return;
    check_stored(*stored, postgres::find_slot(*catalog_, options_.slot));
    refuse_lost_publication();
}

void PostgresSource::refuse_lost_publication() const {
    if (postgres::find_publication(*catalog_, options_.publication).exists) return;
    refuse(
        fmt::format("publication {} is missing: changes made without it cannot be had any more", options_.publication));
}

void PostgresSource::refuse(const std::string& why) const {
    throw Error(
        ErrorKind::source,
        fmt::format("{}. Nothing was changed. To begin anew: remove the target file, run `pintail drop --slot {} "
                    "--publication {}`, and start again",
                    why, options_.slot, options_.publication));
}

void PostgresSource::prepare_publication() {
    std::vector<postgres::PublishableTable> wanted;
    for (auto& table : postgres::publishable_tables(*catalog_)) {
        if (options_.wants_table && !options_.wants_table(table.name)) continue;
        if (!table.has_identity && warned_.insert(table.name).second) {
            spdlog::warn(
                "table {} has no primary key and no replica identity: only its INSERT and TRUNCATE are followed. For "
                "all changes: "
                "ALTER TABLE {}.{} REPLICA IDENTITY FULL",
                to_string(table.name), postgres::quote_identifier(table.name.schema),
                postgres::quote_identifier(table.name.table));
        }
        wanted.push_back(std::move(table));
    }
    publication_ = postgres::ensure_publication(*catalog_, options_.publication, wanted);
    for (const auto& statement : publication_.changed) spdlog::debug("source: {}", statement);
}

// Where to go on from. A new slot's own snapshot serves the first copy.
Lsn PostgresSource::prepare_slot(const StoredState& state) {
    const auto slot = postgres::find_slot(*catalog_, options_.slot);
    if (const auto* stored = std::get_if<PostgresPosition>(&state.position)) {
        check_stored(*stored, slot);  // again: its last reader was waited for, and may have moved it
        return stored->commit_end;
    }
    if (slot && slot->lost) check_stored({}, slot);
    if (slot) {
        spdlog::info("slot {} is there already, from {}", options_.slot, to_string(slot->confirmed_flush));
        return slot->confirmed_flush;
    }
    const auto snapshot = postgres::create_slot(*slot_maker_, {.name = options_.slot, .failover = true});
    spdlog::info("slot {} made at {}", options_.slot, to_string(snapshot.consistent_point));
    begin_first_copy(snapshot);
    return snapshot.consistent_point;
}

void PostgresSource::check_stored(const PostgresPosition& stored,
                                  const std::optional<postgres::SlotState>& slot) const {
    if (slot && slot->lost) refuse(fmt::format("slot {} was invalidated: {}", options_.slot, slot->lost_because));
    if (stored.system_identifier != server_.system_identifier)
        refuse("the target was loaded from another server (its system identifier differs)");
    if (stored.database != server_.database)
        refuse(fmt::format("the target was loaded from database {}, this is {}", stored.database, server_.database));
    if (stored.timeline != server_.timeline) check_timeline(stored);
    if (!slot)
        refuse(fmt::format("slot {} is missing: the changes since {} cannot be had any more", options_.slot,
                           to_string(stored.commit_end)));
    if (slot->confirmed_flush > stored.commit_end) {
        refuse(fmt::format("slot {} has moved on to {} without this target, which stands at {}: somebody else read it",
                           options_.slot, to_string(slot->confirmed_flush), to_string(stored.commit_end)));
    }
}

// After a failover the position is still good when the server's history has all that the target holds.
void PostgresSource::check_timeline(const PostgresPosition& stored) const {
    const auto end = stored.timeline < server_.timeline
                         ? postgres::end_of_timeline(*slot_maker_, server_.timeline, stored.timeline)
                         : std::nullopt;
    const auto differs = fmt::format("the server is on timeline {}, the target was loaded from timeline {}",
                                     server_.timeline, stored.timeline);
    if (!end) refuse(differs + ", of which the server's history knows nothing: a restore lies between");
    if (stored.commit_end > *end) {
        refuse(fmt::format(
            "{}, which the server left at {}: the target, at {}, holds changes that the server does not have", differs,
            to_string(*end), to_string(stored.commit_end)));
    }
    spdlog::info("{}, and all that the target holds lies before the failover at {}", differs, to_string(*end));
}

CatalogAnswers PostgresSource::catalog_answers() {
    CatalogAnswers answers;
    answers.type = [this](uint32_t oid, int32_t modifier) { return types_->find(oid, modifier); };
    answers.key = [this](const TableName& name) {
        const auto table = postgres::describe_table(*catalog_, name);
        return table ? table->key : std::vector<std::string>();
    };
    answers.policies = options_.policies;
    answers.missing_value = [this](const TableName& table, const std::string& column) { return missing_value(table, column); };
    return answers;
}

// attmissingval is an array of one element, whose text an array of texts can take apart. A default without it was
// computed row by row, or the table was rewritten since.
MissingValue PostgresSource::missing_value(const TableName& table, const std::string& column) {
    const auto result = catalog_->exec(R"sql(
        SELECT (a.attmissingval::text::text[])[1], a.atthasdef AND NOT a.atthasmissing
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3)sql",
                                       {table.schema, table.table, column});
    if (result.rows() == 0) return {};
    MissingValue value;
    if (const auto text = result.value(0, 0)) value.text = std::string(*text);
    value.unknown = result.flag(0, 1);
    return value;
}

void PostgresSource::make_assembler() {
    assembler_ = std::make_unique<PostgresAssembler>(catalog_answers());
    assembler_->start_at(stored_);
    for (const auto& [name, from] : copied_) assembler_->follow(name, from, waiting_.contains(name));
    for (const auto& [name, schema] : known_) assembler_->know(schema);
}

void PostgresSource::open_stream() {
    stream_.reset();
    streaming_xid_ = 0;
    replaying_.reset();
    feed_again_ = rewind_ = false;
    announced_.clear();
    spool_ = std::make_unique<TransactionSpool>(*spool_folder_);
    stream_ = std::make_unique<postgres::ReplicationStream>(
        postgres::StreamOptions{options_.url, options_.slot, publication_.names, stored_, wake_.descriptor()});
    stream_->confirm(acknowledged_);
    log_end_ = postgres::current_lsn(*catalog_);
    spdlog::info("following slot {} from {}", options_.slot, to_string(stored_));
}

// --- the stream

std::optional<Batch> PostgresSource::next(bool loader_idle, milliseconds patience) {
    if (stream_) stream_->keep_alive();
    note_unproven();
    std::optional<Batch> batch;
    if (!unfinished_.empty()) batch = forget_unfinished();
    else if (first_copy_) batch = next_of_first_copy(patience);
    else if (request_waits()) batch = assembler_->empty() ? answer_request() : take();
    else if (copy_) batch = next_beside_copy(patience);
    else batch = next_of_stream(loader_idle, patience);
    publish_progress();
    return batch;
}

std::optional<Batch> PostgresSource::next_of_stream(bool loader_idle, milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    if (look_is_due()) {
        if (!assembler_->empty()) return take();
        try_to_look_at_catalog();
        if (first_copy_ || copy_) return std::nullopt;
    }
    for (size_t messages = 1;; ++messages) {
        if (replaying_ && replay_spooled()) return close_or_rewind();
        if (std::exchange(feed_again_, false) && take_message(again_)) return close_or_rewind();
        if (cut_is_sure()) return cut_.beyond() || assembler_->empty() ? stand_at_mark() : take();
        if (must_close()) return give_up_cut(), take();
        if (show_is_due()) return assembler_->empty() ? show_waiting() : take();
        if (turn_is_over(messages, deadline)) return ripe(loader_idle) ? std::optional(take()) : std::nullopt;
        if (until_ && !assembler_->in_transaction() && assembler_->committed() >= *until_ && may_end()) done_ = true;
        if (done_) return assembler_->empty() ? idle_position() : take();
        const std::string_view message =
            stream_->receive([&] { return ripe(loader_idle) ? Clock::time_point::min() : deadline; });
        if (!message.empty()) {
            if (take_message(message)) return close_or_rewind();
            continue;
        }
        if (!assembler_->in_transaction()) quiet_at_ = stream_->server_end();
        if (show_is_due()) continue;
        if (ripe(loader_idle)) return take();
        if (auto idle = idle_position()) return idle;
        if (done_ || wake_.answer() || Clock::now() >= deadline) return std::nullopt;
    }
}

// Messages can come without end and leave nothing in the batch: those of tables that are copied, or nobody's.
bool PostgresSource::turn_is_over(size_t messages, Clock::time_point deadline) const {
    if (copy_ && copy_->kept_aside() >= turn_ends_at_) return true;
    return messages % kMessagesBetweenLooks == 0 && assembler_->empty() && Clock::now() >= deadline;
}

// true: the batch must be closed before this message.
bool PostgresSource::take_message(std::string_view message) {
    const char kind = message[0];
    if (streaming_xid_ != 0) {
        if (kind == wire::PgMessage::stream_stop) streaming_xid_ = 0;
        else spool_message(message);
        return false;
    }
    if (kind == wire::PgMessage::begin || kind == wire::PgMessage::stream_commit) {
        wire::read_pgoutput(message, false, peeked_);
        if (cut_before(peeked_.xid)) return feed_again(message);
    }
    switch (kind) {
        case wire::PgMessage::stream_start:
            wire::read_pgoutput(message, false, peeked_);
            streaming_xid_ = peeked_.xid;
            return false;
        case wire::PgMessage::stream_abort:
            wire::read_pgoutput(message, false, peeked_);
            spool_->roll_back(peeked_.xid, peeked_.subxid);
            return false;
        case wire::PgMessage::stream_commit:
            replaying_ = peeked_.xid;
            replay_end_ = peeked_.end_lsn;
            spool_->open(peeked_.xid);
            assembler_->begin(peeked_.lsn, peeked_.time_us);
            if (copy_) copy_->begin(peeked_.lsn, peeked_.time_us);
            return false;
        default: return feed(message, false);
    }
}

void PostgresSource::spool_message(std::string_view message) {
    wire::read_pgoutput(message, true, peeked_);
    const char kind = peeked_.kind;
    const bool matters = kind == 'R' || kind == 'I' || kind == 'U' || kind == 'D' || kind == 'T';
    if (matters) spool_->append(streaming_xid_, peeked_.xid, message);
}

bool PostgresSource::feed(std::string_view message, bool in_stream) {
    switch (assembler_->add(message, in_stream)) {
        case PostgresAssembler::Taken::yes: overhear(message, in_stream); return false;
        case PostgresAssembler::Taken::close_first: give_up_cut(); return feed_again(message);
        case PostgresAssembler::Taken::rewind:
            give_up_cut();
            rewind_ = true;
            return true;
    }
    return false;
}

// true: the batch must be closed before this message.
bool PostgresSource::feed_again(std::string_view message) {
    if (message.data() != again_.data()) again_ = message;
    feed_again_ = true;
    return true;
}

// What a copy beside the stream has to know.
void PostgresSource::overhear(std::string_view message, bool in_stream) {
    if (message[0] == wire::PgMessage::relation) announced_.note(message, in_stream);
    if (copy_) copy_->add(message, in_stream);
}

// Feeds a spooled transaction up to its end or the batch's limits. true: hand the batch over first.
bool PostgresSource::replay_spooled() {
    if (std::exchange(feed_again_, false) && feed(again_, true)) return true;
    std::string message;
    while (spool_->read(message)) {
        if (feed(message, true)) return true;
        if (must_close()) return give_up_cut(), true;
    }
    spool_->drop(*replaying_);
    replaying_.reset();
    assembler_->commit(replay_end_);
    if (copy_) copy_->commit(replay_end_);
    if (must_close()) give_up_cut();
    return must_close();
}

std::optional<Batch> PostgresSource::close_or_rewind() {
    if (!std::exchange(rewind_, false)) return take();
    Batch batch = assembler_->take_committed();
    const Lsn reached = assembler_->committed();
    batch = positioned(std::move(batch));
    stored_ = reached;
    known_ = assembler_->known();
    note_unproven();
    if (copy_) copy_->rewind();
    make_assembler();
    open_stream();
    return batch;
}

std::optional<Batch> PostgresSource::take() {
    return positioned(assembler_->take());
}

// At a commit, when the batch is big enough or what was begun in parts is complete; inside a transaction, when that
// one alone is too big to wait for its end.
bool PostgresSource::must_close() const {
    const BatchLimits& most = options_.limits;
    if (!assembler_->in_transaction()) {
        return assembler_->ends_parts() || assembler_->pending().rows >= most.rows ||
               assembler_->pending_bytes() >= most.bytes;
    }
    return assembler_->transaction_rows() >= most.rows || assembler_->transaction_bytes() >= most.bytes;
}

// Not in the middle of a transaction: only size forces that.
bool PostgresSource::ripe(bool loader_idle) const {
    if (!loader_idle || cut_.beyond() || assembler_->empty() || assembler_->in_transaction() || replaying_) return false;
    return !far_behind() || Clock::now() - assembler_->pending().oldest >= options_.limits.age;
}

// Of where the server's log ended when the stream was opened. Later floods need no such look: the loader has its hands
// full, and batches grow by themselves.
bool PostgresSource::far_behind() const {
    return assembler_->committed().value + kFarBehindBytes < log_end_.value;
}

// The server has nothing for us up to here: worth storing now and then, so that the slot does not hold the log back.
std::optional<Batch> PostgresSource::idle_position() {
    if (cut_.beyond() || assembler_->in_transaction() || !assembler_->empty() || replaying_ || !spool_->empty())
        return std::nullopt;
    const Lsn reached = std::max(stream_->server_end(), assembler_->committed());
    const bool ends_here = until_ && reached >= *until_ && may_end();
    done_ = done_ || ends_here;
    if (reached <= stored_) return std::nullopt;
    const bool worth = stream_->position_wanted() || Clock::now() - stored_at_ >= kIdlePosition ||
                       reached.value - stored_.value >= kIdleBytes;
    if (!ends_here && !worth) return std::nullopt;
    assembler_->start_at(reached);
    Batch batch;
    batch.oldest = Clock::now();
    return positioned(std::move(batch));
}

PostgresPosition PostgresSource::position_at(Lsn lsn, int64_t time_us) const {
    return {lsn, time_us, options_.slot, server_.system_identifier, server_.timeline, server_.database};
}

Batch PostgresSource::positioned(Batch batch) {
    stored_ = std::max(stored_, assembler_->committed());
    stored_at_ = Clock::now();
    if (assembler_->commit_time_us() != 0) stored_time_us_ = assembler_->commit_time_us();
    batch.position = position_at(stored_, stored_time_us_);
    return batch;
}

// Copies are not the stream's: what the stream has gathered since its last batch is not in this one.
Batch PostgresSource::without_progress(Batch batch) const {
    batch.position = position_at(stored_, stored_time_us_);
    return batch;
}

void PostgresSource::acknowledge(const Position& position) {
    const auto* reached = std::get_if<PostgresPosition>(&position);
    if (!reached) return;
    acknowledged_ = std::max(acknowledged_, reached->commit_end);
    if (stream_) stream_->confirm(acknowledged_);
}

void PostgresSource::keep_alive() {
    if (stream_) stream_->keep_alive();
}

bool PostgresSource::finished() const {
    return done_ && assembler_->empty() && may_end();
}

void PostgresSource::publish_progress() {
    const Lsn end = stream_ ? std::max(stream_->server_end(), stored_) : stored_;
    const std::lock_guard lock(progress_mutex_);
    progress_ = {{options_.slot, static_cast<int64_t>(reached().value), static_cast<int64_t>(end.value), StreamProgress::Unit::bytes,
                  assembler_->read_time_us() != 0 ? assembler_->read_time_us() : stored_time_us_}};
}

std::vector<StreamProgress> PostgresSource::progress() const {
    const std::lock_guard lock(progress_mutex_);
    return progress_;
}

}  // namespace pintail::source
