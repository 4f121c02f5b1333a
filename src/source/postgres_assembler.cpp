#include "source/postgres_assembler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"

namespace pintail::source {
namespace {

using wire::PgMessage;

constexpr size_t kRowOverheadBytes = 32;  // op, origin and validity of a row: counts narrow rows for what they take

}  // namespace

void PostgresAssembler::follow(const TableName& name, Lsn from, bool hidden) {
    followed_[name] = {from, hidden};
    Table* of = announced(name);
    if (of == nullptr) return;
    of->followed = {from, hidden};
    if (of->relation.name == name) return;
    wire::PgRelation relation = of->relation;
    relation.name = name;
    call(*of, name, announced_layout(relation));
}

void PostgresAssembler::unfollow(const TableName& name) {
    followed_[name] = {};
    for (auto& [id, of] : tables_) {
        if (of.relation.name == name) of.followed = {};
    }
}

// What was announced before the copy was not compared with it: names and columns may have changed hands and back again.
bool PostgresAssembler::is_weighed(const Table& of) const {
    return !counts(of) || of.weighed >= of.followed.from;
}

bool PostgresAssembler::is_followed(const TableName& name) const {
    const auto found = followed_.find(name);
    return found != followed_.end() && found->second.from != kNever;
}

bool PostgresAssembler::counts(const TableName& name) const {
    const auto found = followed_.find(name);
    return found != followed_.end() && commit_lsn_ >= found->second.from;
}

void PostgresAssembler::know(KnownTable table) {
    const TableName name = table.schema->name;
    known_[name] = std::move(table);
}

PostgresAssembler::Taken PostgresAssembler::add(std::string_view bytes, bool in_stream) {
    wire::read_pgoutput(bytes, in_stream, message_);
    switch (message_.kind) {
        case PgMessage::insert:
        case PgMessage::update:
        case PgMessage::remove:
            batch_.source_bytes += bytes.size();
            pending_bytes_ += bytes.size() + kRowOverheadBytes;
            return change(message_);
        case PgMessage::relation: return announce(message_);
        case PgMessage::begin: begin(message_.lsn, message_.time_us, message_.xid); break;
        case PgMessage::commit: commit(message_.end_lsn); break;
        case PgMessage::truncate: truncate(message_); break;
        default: break;  // types are asked of the catalog; origins and logical messages carry no rows
    }
    return Taken::yes;
}

void PostgresAssembler::begin(Lsn commit_lsn, int64_t commit_time_us, uint32_t xid) {
    xid_ = xid;
    in_transaction_ = true;
    has_changes_ = false;
    ++transaction_;
    commit_lsn_ = commit_lsn;
    transaction_time_us_ = commit_time_us;
    steps_before_ = batch_.steps.size();
    rows_before_ = batch_.rows;
    bytes_before_ = pending_bytes_;
    unproven_before_ = unproven_.size();
    left_before_ = left_.size();
    renamed_before_ = renamed_.size();
    followed_before_.reset();
    known_before_.clear();
}

void PostgresAssembler::commit(Lsn end_lsn) {
    in_transaction_ = false;
    ended_ = ended_ || std::exchange(continued_, false);
    committed_ = end_lsn;
    commit_time_us_ = transaction_time_us_;
    if (ended_ && batch_.steps.empty()) batch_.oldest = std::chrono::steady_clock::now();
}

PostgresAssembler::Table& PostgresAssembler::table(uint32_t relation_id) {
    if (last_table_ && last_relation_ == relation_id) return *last_table_;
    const auto found = tables_.find(relation_id);
    if (found == tables_.end())
        throw Error(ErrorKind::internal,
                    fmt::format("a change of relation {}, which was never announced", relation_id));
    last_relation_ = relation_id;
    last_table_ = &found->second;
    return *last_table_;
}

PostgresAssembler::Taken PostgresAssembler::change(const PgMessage& message) {
    Table& of = table(message.relation_id);
    if (!counts(of)) return Taken::yes;
    mark(of);
    RowBatch& rows = rows_of(of);
    const size_t before = rows.rows();
    decoder_.decode(of.layout, message, {commit_lsn_.value, transaction_time_us_}, rows);
    batch_.rows += rows.rows() - before;
    return Taken::yes;
}

RowBatch& PostgresAssembler::rows_of(Table& of) {
    if (of.step == kNoStep) {
        if (batch_.steps.empty()) batch_.oldest = std::chrono::steady_clock::now();
        of.step = batch_.steps.size();
        batch_.steps.emplace_back(RowBatch(of.layout.schema));
        std::get<RowBatch>(batch_.steps.back()).hidden = of.followed.hidden;
    }
    return std::get<RowBatch>(batch_.steps[of.step]);
}

// Before the transaction's first change of the table: what to go back to.
void PostgresAssembler::mark(Table& of) {
    has_changes_ = true;
    if (of.marked == transaction_) return;
    of.marked = transaction_;
    of.step_before = of.step;
    of.rows_before = of.step == kNoStep ? 0 : std::get<RowBatch>(batch_.steps[of.step]).rows();
}

void PostgresAssembler::truncate(const PgMessage& message) {
    for (const uint32_t id : message.relation_ids) {
        Table& of = table(id);
        if (!counts(of)) continue;
        mark(of);
        if (batch_.steps.empty()) batch_.oldest = std::chrono::steady_clock::now();
        batch_.steps.emplace_back(
            Truncate{of.layout.schema, of.followed.hidden, {commit_lsn_.value, transaction_time_us_}});
        of.step = kNoStep;
    }
}

PostgresAssembler::Taken PostgresAssembler::announce(const PgMessage& message) {
    wire::PgRelation relation = wire::read_pg_relation(message.body);
    if (catalog_.wait_for && !is_as_known(relation)) catalog_.wait_for(xid_);
    if (is_repeated(relation)) return Taken::yes;
    if (const Taken close = close_before(relation.id); close != Taken::yes) return close;
    if (const Taken close = follow_name(relation); close != Taken::yes) return close;
    const TableName* name = followed_name(relation);
    if (name != nullptr) relation.name = *name;
    wire::PgLayout layout = announced_layout(relation);
    // What was committed before the table's copy concerns the copy only: it has its own shape.
    if (name != nullptr && counts(relation.name)) follow_change(relation, layout);
    Table& of = tables_[relation.id];
    of.followed = name != nullptr ? followed_.at(relation.name) : Followed{};
    of.relation = std::move(relation);
    of.layout = std::move(layout);
    of.step = kNoStep;
    of.weighed = commit_lsn_;
    return Taken::yes;
}

// The catalog has nothing to add. Under REPLICA IDENTITY FULL it does: the key is not announced.
bool PostgresAssembler::is_as_known(const wire::PgRelation& relation) const {
    const auto known = known_.find(relation.name);
    return relation.replica_identity != 'f' && known != known_.end() && known->second.entry &&
           known->second.entry->oid == relation.id && has_columns_of(*known->second.entry, relation);
}

// The server repeats itself after invalidations.
bool PostgresAssembler::is_repeated(const wire::PgRelation& relation) const {
    const auto found = tables_.find(relation.id);
    if (found == tables_.end() || found->second.followed.from == kNever) return false;
    const Table& of = found->second;
    return is_weighed(of) && of.relation.name == relation.name &&
           same_shape(*of.layout.schema, *announced_layout(relation).schema);
}

// Rows of earlier transactions only: they are committed first. Where this transaction has changed the table already,
// the batch holds rows of both shapes.
PostgresAssembler::Taken PostgresAssembler::close_before(uint32_t relation_id) const {
    const auto found = tables_.find(relation_id);
    if (found == tables_.end() || found->second.step == kNoStep || found->second.marked == transaction_)
        return Taken::yes;
    return has_changes_ ? Taken::rewind : Taken::close_first;
}

void PostgresAssembler::push(Step step) {
    has_changes_ = has_changes_ || in_transaction_;
    if (batch_.steps.empty()) batch_.oldest = std::chrono::steady_clock::now();
    batch_.steps.push_back(std::move(step));
}

Batch PostgresAssembler::take() {
    Batch taken = std::move(batch_);
    taken.transaction_continues = in_transaction_ && (has_changes_ || continued_);
    continued_ = taken.transaction_continues;
    reset();
    return taken;
}

Batch PostgresAssembler::take_committed() {
    roll_back();
    Batch taken = std::move(batch_);
    reset();
    return taken;
}

void PostgresAssembler::roll_back() {
    for (auto& [id, of] : tables_) {
        if (of.marked != transaction_ || of.step_before == kNoStep) continue;
        std::get<RowBatch>(batch_.steps[of.step_before]).truncate(of.rows_before);
    }
    batch_.steps.erase(batch_.steps.begin() + static_cast<std::ptrdiff_t>(std::min(steps_before_, batch_.steps.size())),
                       batch_.steps.end());
    batch_.rows = rows_before_;
    unproven_.resize(std::min(unproven_.size(), unproven_before_));
    left_.resize(std::min(left_.size(), left_before_));
    for (auto& [name, table] : known_before_) {
        if (table) known_[name] = *table;
        else known_.erase(name);
    }
    known_before_.clear();
    renamed_.resize(std::min(renamed_.size(), renamed_before_));
    if (followed_before_) followed_ = *std::exchange(followed_before_, std::nullopt);
}

void PostgresAssembler::reset() {
    batch_ = Batch();
    pending_bytes_ = 0;
    ended_ = false;
    has_changes_ = false;
    steps_before_ = 0;
    rows_before_ = 0;
    bytes_before_ = 0;
    for (auto& [id, of] : tables_) {
        of.step = kNoStep;
        of.step_before = kNoStep;
        of.rows_before = 0;
    }
}

}  // namespace pintail::source
