#include "source/postgres_source.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "postgres/sqlstate.hpp"

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

// --- the stream

std::optional<Batch> PostgresSource::next(bool loader_idle, milliseconds patience) try {
    if (stream_) stream_->keep_alive();
    note_renamed();
    note_unproven();
    std::optional<Batch> batch;
    if (!due_.empty()) batch = forget_copies();
    else if (first_copy_) batch = next_of_first_copy(patience);
    else if (request_waits()) batch = assembler_->empty() ? answer_request() : take();
    else if (copy_) batch = next_beside_copy(patience);
    else batch = next_of_stream(loader_idle, patience);
    publish_progress();
    return batch;
} catch (const postgres::PublicationMissing&) {
    *options_.publication_was_missing = true;
    throw;
} catch (const postgres::SqlError& problem) {
    if (is_interruption(problem)) throw Interrupted();
    throw;
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
        if (reconcile_is_due()) {
            if (assembler_->empty()) reconcile();
            if (!due_.empty()) return forget_copies();
            if (!assembler_->empty()) return take();
        }
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
        if (show_is_due() || reconcile_is_due()) continue;
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
            assembler_->begin(peeked_.lsn, peeked_.time_us, peeked_.xid);
            if (copy_) copy_->begin(peeked_.lsn, peeked_.time_us, peeked_.xid);
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
    note_renamed();
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
    if (!loader_idle || cut_.beyond() || assembler_->empty() || assembler_->in_transaction() || replaying_)
        return false;
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

void PostgresSource::interrupt() {
    interrupted_ = true;
    options_.sessions->interrupt();
}

bool PostgresSource::is_interruption(const postgres::SqlError& problem) const {
    return interrupted_ && problem.sqlstate() == postgres::sqlstate::kQueryCanceled;
}

bool PostgresSource::finished() const {
    return done_ && assembler_->empty() && may_end();
}

// All that can be said while the slot is made, which waits for every transaction that runs at the source.
void PostgresSource::publish_slot_maker() {
    const auto begin = static_cast<int64_t>(postgres::current_lsn(*catalog_).value);
    const std::lock_guard lock(progress_mutex_);
    progress_ = {{options_.slot, begin, begin, StreamProgress::Unit::bytes, slot_maker_->server_pid()}};
}

void PostgresSource::publish_progress() {
    const Lsn end = stream_ ? std::max(stream_->server_end(), stored_) : stored_;
    std::vector<std::string> held_up;
    for (const auto& [name, why] : unreadable_) held_up.push_back(why);
    if (!unpublishable_.empty()) held_up.push_back(unpublishable_);
    const std::lock_guard lock(progress_mutex_);
    progress_ = {{options_.slot, static_cast<int64_t>(reached().value), static_cast<int64_t>(end.value),
                  StreamProgress::Unit::bytes, stream_ ? stream_->server_pid() : 0,
                  assembler_->read_time_us() != 0 ? assembler_->read_time_us() : stored_time_us_, std::move(held_up)}};
}

std::vector<StreamProgress> PostgresSource::progress() const {
    const std::lock_guard lock(progress_mutex_);
    return progress_;
}

}  // namespace pintail::source
