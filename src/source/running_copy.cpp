#include "source/running_copy.hpp"

#include <algorithm>
#include <cstring>

namespace pintail::source {
namespace {

using wire::PgMessage;

// Beside messages of pgoutput: a transaction's begin and end, which may come in two forms from the server.
struct Mark {
    char kind = 0;  // PgMessage::begin or commit
    uint64_t lsn = 0;
    int64_t time_us = 0;
    uint32_t xid = 0;
};

std::string text_of(const Mark& mark) {
    std::string record(1, mark.kind);
    record.append(reinterpret_cast<const char*>(&mark.lsn), sizeof(mark.lsn));
    record.append(reinterpret_cast<const char*>(&mark.time_us), sizeof(mark.time_us));
    record.append(reinterpret_cast<const char*>(&mark.xid), sizeof(mark.xid));
    return record;
}

Mark mark_of(const std::string& record) {
    Mark mark{record[0], 0, 0, 0};
    std::memcpy(&mark.lsn, record.data() + 1, sizeof(mark.lsn));
    std::memcpy(&mark.time_us, record.data() + 1 + sizeof(mark.lsn), sizeof(mark.time_us));
    std::memcpy(&mark.xid, record.data() + 1 + sizeof(mark.lsn) + sizeof(mark.time_us), sizeof(mark.xid));
    return mark;
}

// In a streamed transaction the kind is followed by the xid.
std::string plain(std::string_view message, bool in_stream) {
    std::string text(message.substr(0, 1));
    return text.append(message.substr(in_stream ? 5 : 1));
}

void push_number(std::string& out, uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

}  // namespace

void Announcements::note(std::string_view message, bool in_stream) {
    std::string text = plain(message, in_stream);
    PgMessage parsed;
    wire::read_pgoutput(text, false, parsed);
    const uint32_t id = wire::read_pg_relation(parsed.body).id;
    last_[id] = std::move(text);
}

RunningCopy::RunningCopy(TableSyncOptions options, std::string slot, std::vector<postgres::PublishedTable> tables,
                         CatalogAnswers catalog, SpoolFolder& spool, const Announcements& announced)
    : limits_(options.limits),
      assembler_(std::move(catalog)),
      aside_(spool, "aside"),
      sync_(std::move(options), std::move(slot), tables) {
    for (const auto& table : tables) {
        oids_.emplace(table.name, table.oid);
        relations_.insert(table.oid);
    }
    for (const auto& [id, message] : announced.all()) announce(message);
    whole_ = aside_.size();
}

void RunningCopy::begin(Lsn commit_lsn, int64_t commit_time_us, uint32_t xid) {
    in_transaction_ = true;
    kept_begin_ = false;
    commit_lsn_ = commit_lsn;
    commit_time_us_ = commit_time_us;
    xid_ = xid;
}

void RunningCopy::commit(Lsn end_lsn) {
    if (kept_begin_) append(text_of({PgMessage::commit, end_lsn.value, 0, 0}));
    in_transaction_ = false;
    whole_ = aside_.size();
}

void RunningCopy::rewind() {
    aside_.truncate(whole_);
    in_transaction_ = false;
}

void RunningCopy::give_up(const TableName& name) {
    const auto oid = oids_.extract(name);
    if (!oid) return;
    relations_.erase(oid.mapped());
    given_up_.insert(name);
    ready_.erase(name);
    assembler_.unfollow(name);
    has_spoilt_ = true;
}

// Its rows may still come.
void RunningCopy::leave_out_given_up(std::vector<Step>& steps) const {
    std::erase_if(steps, [this](const Step& step) {
        const auto* start = std::get_if<SnapshotStart>(&step);
        const auto* rows = std::get_if<RowBatch>(&step);
        return (start && given_up_.contains(start->schema->name)) || (rows && given_up_.contains(rows->schema->name));
    });
}

void RunningCopy::add(std::string_view message, bool in_stream) {
    switch (message[0]) {
        case PgMessage::begin:
            wire::read_pgoutput(message, false, message_);
            return begin(message_.lsn, message_.time_us, message_.xid);
        case PgMessage::commit: wire::read_pgoutput(message, false, message_); return commit(message_.end_lsn);
        case PgMessage::relation: return announce(plain(message, in_stream));
        case PgMessage::insert:
        case PgMessage::update:
        case PgMessage::remove:
            wire::read_pgoutput(message, in_stream, message_);
            if (relations_.contains(message_.relation_id)) keep(plain(message, in_stream));
            return;
        case PgMessage::truncate: wire::read_pgoutput(message, in_stream, message_); return keep_truncate(message_);
        default: return;
    }
}

// All are kept: one under another name says that a copied table has got it, which is not a table of this copy any more.
void RunningCopy::announce(const std::string& message) {
    if (in_transaction_) keep(message);
    else aside_.append(message);
}

void RunningCopy::keep(std::string_view message) {
    if (!std::exchange(kept_begin_, true))
        append(text_of({PgMessage::begin, commit_lsn_.value, commit_time_us_, xid_}));
    append(message);
}

void RunningCopy::append(std::string_view record) {
    const uint64_t before = aside_.size();
    aside_.append(record);
    kept_aside_ += aside_.size() - before;
}

// One message truncates several tables: those that are copied.
void RunningCopy::keep_truncate(const PgMessage& message) {
    std::vector<uint32_t> ours;
    std::copy_if(message.relation_ids.begin(), message.relation_ids.end(), std::back_inserter(ours),
                 [&](uint32_t id) { return relations_.contains(id); });
    if (ours.empty()) return;
    std::string text(1, PgMessage::truncate);
    push_number(text, static_cast<uint32_t>(ours.size()));
    text += '\0';  // options: CASCADE and RESTART IDENTITY say nothing about rows
    for (const uint32_t id : ours) push_number(text, id);
    keep(text);
}

std::optional<Batch> RunningCopy::next() {
    return sync_.done() ? next_replayed() : next_copied();
}

bool RunningCopy::has_next() const {
    return sync_.done() ? at_ < whole_ : sync_.has_next();
}

std::optional<Batch> RunningCopy::next_copied() {
    auto batch = sync_.next(std::chrono::milliseconds{0});
    if (!batch) return std::nullopt;
    leave_out_given_up(batch->steps);
    for (const SyncedTable& table : sync_.take_finished()) {
        const TableName& name = table.schema->name;
        if (given_up_.contains(name)) continue;
        if (table.spoilt) {
            has_spoilt_ = true;
            batch->steps.emplace_back(SnapshotDue{name, kSpoilt});
            continue;
        }
        ready_.insert(name);
        assembler_.know({table.schema, table.entry});
        assembler_.follow(name, lsn(), true);
    }
    if (batch->steps.empty()) return std::nullopt;
    return batch;
}

// Parts of a transaction need not stay together: nobody sees them before the end.
std::optional<Batch> RunningCopy::next_replayed() {
    std::string record;
    while (at_ < whole_ && assembler_.pending().rows < limits_.rows && assembler_.pending_bytes() < limits_.bytes) {
        uint64_t behind = at_;
        aside_.read(behind, record);
        if (replay(record) != PostgresAssembler::Taken::yes) break;  // a new shape needs a new batch
        at_ = behind;
    }
    for (const TableName& name : assembler_.take_unproven()) {
        ready_.erase(name);
        has_spoilt_ = true;
    }
    Batch batch = assembler_.take();
    if (batch.steps.empty()) return std::nullopt;
    batch.transaction_continues = false;
    return batch;
}

PostgresAssembler::Taken RunningCopy::replay(const std::string& record) {
    if (record[0] != PgMessage::begin && record[0] != PgMessage::commit) return assembler_.add(record);
    const Mark mark = mark_of(record);
    if (mark.kind == PgMessage::begin) assembler_.begin(Lsn{mark.lsn}, mark.time_us, mark.xid);
    else assembler_.commit(Lsn{mark.lsn});
    return PostgresAssembler::Taken::yes;
}

std::map<TableName, KnownTable> RunningCopy::tables() const {
    std::map<TableName, KnownTable> tables;
    for (const TableName& name : ready_) tables.emplace(name, assembler_.known().at(name));
    return tables;
}

}  // namespace pintail::source
