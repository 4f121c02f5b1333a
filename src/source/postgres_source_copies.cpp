// PostgresSource: when tables are copied, and when they are shown.
#include <fmt/format.h>
#include <unistd.h>

#include "core/counted.hpp"
#include "log/log.hpp"
#include "postgres/read_rights.hpp"
#include "postgres/sqlstate.hpp"
#include "source/ask_again.hpp"
#include "source/postgres_source.hpp"
#include "source/stored_position.hpp"

namespace pintail::source {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kCatalogLook{10};
constexpr std::chrono::seconds kCopyCommit{1};

}  // namespace

// Names of temporary slots are the server's, not the database's: the process tells them apart.
std::string PostgresSource::temporary_slot_name() {
    static int count = 0;
    return fmt::format("pintail_copy_{}_{}", getpid(), ++count);
}

std::vector<postgres::PublishedTable> PostgresSource::tables_to_copy() {
    std::vector<postgres::PublishedTable> tables;
    for (auto& table : published_tables()) {
        if (!wants(table.name)) continue;
        if (quarantined_.contains(table.name)) continue;
        if (!copied_.contains(table.name) && !is_known_otherwise(table.name)) tables.push_back(std::move(table));
    }
    leave_unreadable(tables);
    return tables;
}

// One that the role may not read would end the copy of all. A later look finds it again, which a finite run has not.
void PostgresSource::leave_unreadable(std::vector<postgres::PublishedTable>& tables) {
    std::vector<uint32_t> oids;
    for (const auto& table : tables) oids.push_back(table.oid);
    const auto lacking = postgres::lacking_grants(*catalog_, oids);
    std::map<TableName, std::string> unreadable;
    for (const auto& table : tables) {
        const auto found = lacking.find(table.oid);
        if (found == lacking.end()) continue;
        unreadable[table.name] = fmt::format("table {} cannot be copied, the role may not read it: {}",
                                             to_string(table.name), found->second);
    }
    for (const auto& [name, why] : unreadable) {
        if (is_finite()) throw postgres::SqlError(why, std::string(postgres::sqlstate::kInsufficientPrivilege), false);
        if (!unreadable_.contains(name)) log::warn("{}; the others go on, every look tries again", why);
    }
    std::erase_if(tables, [&](const auto& table) { return unreadable.contains(table.name); });
    unreadable_ = std::move(unreadable);
}

TableSyncOptions PostgresSource::copy_options() const {
    return {options_.url,    publication_.names, options_.snapshot_jobs,
            options_.limits, options_.policies,  options_.sessions};
}

// As of the new slot's own snapshot; where DDL has come between, of a later one (begin_missing_copies()).
void PostgresSource::begin_first_copy(const postgres::ExportedSnapshot& snapshot) {
    auto tables = tables_to_copy();
    if (tables.empty()) return;
    copy_log_.begin();
    try {
        first_copy_ = std::make_unique<TableSync>(copy_options(), snapshot, std::move(tables));
    } catch (const postgres::SqlError& problem) {
        if (!looks_again(problem)) throw;
    }
}

// Between transactions, with nothing in the assembler.
void PostgresSource::begin_missing_copies() {
    next_look_ = Clock::now() + kCatalogLook;
    if (first_copy_) return;
    auto tables = tables_to_copy();
    if (tables.empty()) return;
    copy_log_.begin();
    if (shown_.empty()) {
        first_copy_ = std::make_unique<TableSync>(copy_options(), temporary_slot_name(), std::move(tables));
    } else {
        copy_ = std::make_unique<RunningCopy>(copy_options(), temporary_slot_name(), std::move(tables),
                                              catalog_answers(), *spool_folder_, announced_);
    }
}

// Tables that cannot be followed any more: the target knows it by their last batch.
void PostgresSource::note_unproven() {
    for (const TableName& name : assembler_->take_left()) {
        copied_.erase(name);
        quarantined_.insert(name);
    }
    for (const TableName& name : assembler_->take_unproven()) {
        copy_again_ |= copied_.erase(name) > 0;
        waiting_.erase(name);
        if (copy_) copy_->give_up(name);
    }
}

Batch PostgresSource::forget_copies() {
    Batch batch;
    batch.oldest = Clock::now();
    for (SnapshotDue& due : std::exchange(due_, {})) batch.steps.emplace_back(std::move(due));
    return without_progress(std::move(batch));
}

// --- the first copy: nothing is shown yet, and the stream waits

std::optional<Batch> PostgresSource::next_of_first_copy(milliseconds patience) {
    std::optional<Batch> batch;
    try {
        batch = first_copy_->next(patience);
    } catch (const postgres::SqlError& problem) {
        const bool planned = first_copy_->lsn().has_value();
        if (planned || !looks_again(problem)) throw;
        first_copy_.reset();
        begin_missing_copies();
        if (!first_copy_) end_first_copy();
        return std::nullopt;
    }
    copy_log_.at(first_copy_->progress());
    if (batch) {
        const auto finished = first_copy_->take_finished();
        batch->transaction_continues = !first_copy_->done() && !copy_commit_is_due();
        for (const SyncedTable& table : finished) {
            copy_again_ |= table.spoilt;
            if (table.spoilt) batch->steps.emplace_back(SnapshotDue{table.schema->name, kSpoilt});
            else batch->steps.emplace_back(SnapshotFilled{table.schema->name});
            if (!table.spoilt) hide(table, *first_copy_->lsn());
        }
    }
    if (batch) overtaken_ = 0;
    if (first_copy_->done()) end_first_copy();
    if (!batch || batch->steps.empty()) return std::nullopt;
    return without_progress(std::move(*batch));
}

// Nobody sees the copy or waits for it to be safe before it is whole: a commit, with its wait for the disk, is for the
// status, and for what a stop would take back.
bool PostgresSource::copy_commit_is_due() {
    const auto now = Clock::now();
    if (now - copy_committed_at_ < kCopyCommit) return false;
    copy_committed_at_ = now;
    return true;
}

// Copied whole: from here on it is followed, out of sight.
void PostgresSource::hide(const SyncedTable& table, Lsn copied) {
    const TableName& name = table.schema->name;
    waiting_.insert(name);
    show_at_ = std::max(show_at_, copied);
    copied_[name] = copied;
    known_[name] = {table.schema, table.entry};
    assembler_->know(known_[name]);
    assembler_->follow(name, copied, true);
}

void PostgresSource::end_first_copy() {
    if (first_copy_) copy_log_.end(first_copy_->progress());
    first_copy_.reset();
    if (copy_again_) {
        try {
            look_at_catalog();
        } catch (const postgres::SqlError& problem) {
            if (!looks_again(problem)) throw;
        }
    }
    if (!first_copy_ && !stream_) open_stream();
}

bool PostgresSource::show_is_due() const {
    return !waiting_.empty() && !copy_again_ && !assembler_->has_unproven() && !assembler_->in_transaction() &&
           reached() >= show_at_;
}

// In a batch of their own: all of them become visible at the commit that the target stands at.
Batch PostgresSource::show_waiting() {
    Batch batch;
    log::info("{} shown from {} on", counted(waiting_.size(), "table"), to_string(reached()));
    for (const TableName& name : std::exchange(waiting_, {})) show(batch, name);
    assembler_->start_at(reached());
    return positioned(std::move(batch));
}

void PostgresSource::show(Batch& batch, const TableName& name) {
    batch.oldest = Clock::now();
    batch.steps.emplace_back(SnapshotEnd{name});
    shown_.insert(name);
    assembler_->follow(name, copied_.at(name));
    log::debug("table {} is shown", to_string(name));
}

// --- copies beside the stream

// The loader gets batches of both in turn. Never between the parts of one transaction of the source: they are one of
// the target's, too.
std::optional<Batch> PostgresSource::next_beside_copy(milliseconds patience) {
    copy_log_.at(copy_->progress());
    const bool whole = !assembler_->continues();
    if (whole && copy_can_end()) return end_copy();
    if (whole && copys_turn_) {
        auto batch = next_of_copy();
        if (!copy_) return std::nullopt;
        if (batch) {
            copys_turn_ = copy_->copied() && copy_->replayed() < replay_until_;
            return without_progress(std::move(*batch));
        }
    }
    copys_turn_ = true;
    const uint64_t before = copy_->kept_aside();
    turn_ends_at_ = before + options_.limits.bytes;
    auto batch = next_of_stream(true, whole && copy_->has_next() ? milliseconds{0} : patience);
    replay_until_ = copy_->replayed() + 2 * (copy_->kept_aside() - before);
    return batch;
}

// What is left is little enough for the stream to wait.
bool PostgresSource::copy_can_end() const {
    return copy_->copied() && !assembler_->in_transaction() && reached() >= copy_->lsn() &&
           copy_->left() <= options_.limits.bytes;
}

std::optional<Batch> PostgresSource::end_copy() {
    if (!assembler_->empty()) return take();
    auto batch = next_of_copy();
    if (batch) return without_progress(std::move(*batch));
    if (!copy_) return std::nullopt;
    Batch shown;
    for (const auto& [name, table] : copy_->tables()) {
        copied_[name] = copy_->lsn();
        known_[name] = table;
        assembler_->know(table);
        show(shown, name);
    }
    copy_again_ |= copy_->has_spoilt();
    copy_log_.end(copy_->progress());
    log::info("{} of their changes kept aside meanwhile", counted(copy_->kept_aside(), "byte"));
    copy_.reset();
    turn_ends_at_ = 0;
    if (shown.empty()) return std::nullopt;
    log::info("{} shown from {} on", counted(shown.steps.size(), "table"), to_string(reached()));
    assembler_->start_at(reached());
    return positioned(std::move(shown));
}

// No table waits for its copy, or for the moment to show it.
bool PostgresSource::may_end() const {
    return waiting_.empty() && due_.empty() && !copy_again_ && !first_copy_ && !copy_ && !assembler_->has_unproven() &&
           !look_;
}

bool PostgresSource::look_is_due() const {
    if (copy_ || done_ || cut_.active() || assembler_->in_transaction()) return false;
    return copy_again_ || (waiting_.empty() && !look_ && Clock::now() >= next_look_);
}

// New tables, and those whose shape could not be followed.
void PostgresSource::look_at_catalog() {
    copy_again_ = false;
    check_publication({options_.slot, options_.publication}, *catalog_);
    prepare_publication();
    if (!look_) look_for_changes();
    begin_missing_copies();
}

// What stands in a new table's way (no rights on it, somebody's lock, no free slot or walsender for its snapshot, DDL
// in between) is no reason to let the others wait: a later look finds it again. A finite run has no later.
bool PostgresSource::may_wait(const postgres::SqlError& problem) {
    if (looks_again(problem)) return true;
    const bool mends_itself =
        problem.is_any_of({postgres::sqlstate::kInsufficientPrivilege, postgres::sqlstate::kTooManyConnections,
                           postgres::sqlstate::kConfigurationLimitExceeded, postgres::sqlstate::kLockNotAvailable}) ||
        postgres::is_overtaken_by_ddl(problem);
    if (until_ || !mends_itself) return false;
    log::warn("{}; the tables that are followed go on, the next look is in {} s", problem.what(), kCatalogLook.count());
    return true;
}

// What DDL has overtaken is looked at again at once, by a finite run, too: it was true a moment ago.
bool PostgresSource::looks_again(const postgres::SqlError& problem) {
    if (!postgres::is_overtaken_by_ddl(problem) || ++overtaken_ > kMostOvertaken) return false;
    log::debug("tables to be copied are looked for again: {}", problem.what());
    copy_again_ = true;
    return true;
}

void PostgresSource::try_to_look_at_catalog() {
    try {
        look_at_catalog();
        if (!copy_ && !first_copy_) overtaken_ = 0;
    } catch (const postgres::SqlError& problem) {
        if (!may_wait(problem)) throw;
        next_look_ = Clock::now() + kCatalogLook;
    }
}

std::optional<Batch> PostgresSource::next_of_copy() {
    try {
        auto batch = copy_->next();
        if (batch) overtaken_ = 0;
        return batch;
    } catch (const postgres::SqlError& problem) {
        if (!may_wait(problem)) throw;
    }
    copy_.reset();
    turn_ends_at_ = 0;
    next_look_ = Clock::now() + kCatalogLook;
    return std::nullopt;
}

}  // namespace pintail::source
