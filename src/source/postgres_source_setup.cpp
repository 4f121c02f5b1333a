// PostgresSource: publication, slot, what the target has, and what must be refused before the stream is opened.
#include <fmt/format.h>

#include <algorithm>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/shell_word.hpp"
#include "log/log.hpp"
#include "postgres/catalog.hpp"
#include "postgres/lock_waits.hpp"
#include "postgres/sqlstate.hpp"
#include "postgres/unlogged.hpp"
#include "source/ask_again.hpp"
#include "source/postgres_source.hpp"
#include "source/stored_position.hpp"
#include "wire/pg_cells.hpp"

namespace pintail::source {

void PostgresSource::start(const StoredState& state) try { begin(state); } catch (const postgres::SqlError& problem) {
    if (is_interruption(problem)) throw Interrupted();
    throw;
}

postgres::ConnectOptions PostgresSource::connecting(bool replication) const {
    postgres::ConnectOptions how;
    how.replication = replication;
    how.sessions = options_.sessions;
    return how;
}

void PostgresSource::begin(const StoredState& state) {
    catalog_ = std::make_unique<postgres::Connection>(options_.url, connecting(false));
    types_ = std::make_unique<postgres::TypeLookup>(*catalog_);
    identify();
    spool_folder_ = std::make_unique<SpoolFolder>(options_.spool_folder, options_.spool_bytes);
    adopt_tables(state);
    refuse_gap(state);
    postgres::await_free_slot(*catalog_, options_.slot, interrupted_);
    prepare_publication();
    stored_ = acknowledged_ = prepare_slot(state);
    const bool was_missing = std::exchange(*options_.publication_was_missing, false);
    if (publication_is_new()) begin_behind_publication("is not the one that the target was loaded by");
    else if (was_missing) begin_behind_publication("was missing, or had another name, for a while");
    if (const auto* at = std::get_if<PostgresPosition>(&state.position)) stored_time_us_ = at->commit_time_us;
    stored_at_ = Clock::now();
    slot_maker_.reset();  // idle, it would hold one of max_wal_senders
    // The target may hold them already: no message of the stream tells of them again.
    for (const uint32_t xid : postgres::commits_awaiting_standby(*catalog_)) cut_.note(xid);
    if (!known_.empty()) look_for_changes();
    if (options_.until_current) until_ = postgres::current_lsn(*catalog_);
    if (options_.until) wait_for(*options_.until);
    make_assembler();
    begin_missing_copies();
    if (!first_copy_) open_stream();
}

void PostgresSource::wait_for(Lsn until) {
    until_ = until;
    if (const Lsn now = postgres::current_lsn(*catalog_); until > now)
        log::warn(
            "--until {} lies beyond the server's position {}: the run goes on until the server has written that much",
            to_string(until), to_string(now));
}

void PostgresSource::identify() {
    slot_maker_ = std::make_unique<postgres::Connection>(options_.url, connecting(true));
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
        if (options_.leaves_out && !wants(name)) {
            leave_out(table);
            continue;
        }
        if (!table.quarantined.empty() && stays_in_quarantine(table)) {
            quarantined_.insert(name);
            continue;
        }
        if (!table.quarantined.empty()) {
            log::info("table {} was in quarantine and is copied again", to_string(name));
            continue;
        }
        if (table.snapshot_open) {
            due_.push_back({name, "its copy was not ended"});
            continue;
        }
        known_[name] = {table.schema, table.catalog_note.empty()
                                          ? nullptr
                                          : std::make_shared<CatalogEntry>(read_catalog_entry(table.catalog_note))};
        if (table.snapshot_lsn) copied_[name] = Lsn{*table.snapshot_lsn};
        if (!table.snapshot_waits) continue;
        waiting_.insert(name);
        show_at_ = std::max(show_at_, copied_[name]);
    }
    if (!waiting_.empty())
        log::info("{} copied before, to be shown with the others", counted(waiting_.size(), "table"));
}

// What comes from here on is not applied, so that only a copy brings it back.
void PostgresSource::leave_out(const StoredTable& table) {
    const TableName& name = table.schema->name;
    if (!table.quarantined.empty()) {
        quarantined_.insert(name);
        return;
    }
    due_.push_back({name, "it is left out by --tables and --exclude; its rows stay"});
    if (!table.shown || !table.snapshot_lsn) return;
    log::warn(
        "table {} is left out by --tables and --exclude: it is not followed any more, its rows stay as they are. Once "
        "it "
        "is not left out it is copied again",
        to_string(name));
}

// Where its old column is to be kept and cannot be found a place, it takes somebody who asks for the copy.
bool PostgresSource::stays_in_quarantine(const StoredTable& table) const {
    using Answer = TypeChangeRule::Answer;
    const std::string name = to_string(table.schema->name);
    if (options_.type_changes.answer == Answer::quarantine || !options_.leaves_quarantine) {
        log::warn("table {} is in quarantine, it is not followed: {}", name, table.quarantined);
        return true;
    }
    if (options_.type_changes.answer == Answer::copy || has_key_of(*table.schema)) return false;
    log::warn(
        "table {} stays in quarantine, it is not followed: {}. --on-type-change new-column finds no place for what the "
        "old column holds, since the table has not the key that it had, or none. To have it copied again: pintail "
        "resync {} "
        "(the table as it stands is kept under another name), or --on-type-change cast (it is given up)",
        name, table.quarantined, shell_word(name));
    return true;
}

// Rows of `held` can be found among those of a copy.
bool PostgresSource::has_key_of(const TableSchema& held) const {
    if (!held.has_key()) return false;
    const auto now = postgres::describe_table(*catalog_, held.name);
    if (!now || now->key.size() != held.key.size()) return false;
    return std::all_of(held.key.begin(), held.key.end(), [&](uint32_t key) {
        const ColumnSchema& column = held.columns[key];
        const auto same = std::find_if(now->columns.begin(), now->columns.end(),
                                       [&](const SourceColumn& one) { return one.name == column.name; });
        return std::find(now->key.begin(), now->key.end(), column.name) != now->key.end() &&
               same != now->columns.end() &&
               wire::plan_pg_cell(same->type, policy_of(options_.policies, held.name, column.name)).type == column.type;
    });
}

// Before anything is made or altered at the source. A publication that was dropped is a gap, too: the server has
// dropped (from PostgreSQL 18 on without an error) what was changed since.
void PostgresSource::refuse_gap(const StoredState& state) {
    const auto* stored = std::get_if<PostgresPosition>(&state.position);
    if (!stored) return;
    check_stored(*stored, postgres::find_slot(*catalog_, options_.slot));
    check_publication({options_.slot, options_.publication}, *catalog_);
}

PostgresSource::Publishable PostgresSource::publishable_tables() {
    Publishable tables;
    for (auto& table : postgres::publishable_tables(*catalog_)) {
        if (!wants(table.name)) {
            tables.left_out.push_back(std::move(table));
            continue;
        }
        if (!table.has_identity() && warned_.insert(table.name).second)
            log::warn("table {} has {}: only its INSERT and TRUNCATE are followed. For all changes: {}",
                      to_string(table.name), table.identity_lack, table.identity_sql);
        tables.wanted.push_back(std::move(table));
    }
    return tables;
}

void PostgresSource::warn_of_unlogged() {
    for (const auto& table : postgres::unlogged_tables(*catalog_)) {
        if (wants(table.root) && unlogged_.insert(table.name).second) log::warn("{}", postgres::unlogged_note(table));
    }
}

// Somebody's DDL may come between the question and the statement, which waits for the tables' locks: asked again, then.
// The tables that are followed do not wait for those of others: a later look has them. A finite run has no later.
std::vector<postgres::PublishableTable> PostgresSource::publish_tables() {
    const bool waits = is_finite() || known_.empty();
    const auto locks = waits ? postgres::Locks::waited_for : postgres::Locks::left;
    const auto wanted = ask_again([&] {
        auto tables = publishable_tables();
        publish(tables, locks);
        return tables.wanted;
    });
    note_locked();
    return wanted;
}

// A standby makes no publications. What its primary has made serves the tables that are in the target.
void PostgresSource::publish(const Publishable& tables, postgres::Locks locks) try {
    publication_ = postgres::ensure_publication(*catalog_, options_.publication, tables.wanted, tables.left_out, locks);
    unpublishable_.clear();
} catch (const postgres::SqlError& problem) {
    if (!problem.is_any_of({postgres::sqlstate::kReadOnlyTransaction}) || is_finite() || known_.empty()) throw;
    publication_ = postgres::find_publication(*catalog_, options_.publication);
    if (!publication_.exists) throw;
    if (std::exchange(unpublishable_, problem.what()) != problem.what())
        log::warn("{}. The tables that are followed go on, every look tries again", problem.what());
}

void PostgresSource::note_locked() {
    for (const TableName& table : publication_.locked) {
        if (locked_.contains(table)) continue;
        log::warn(
            "table {} is locked by somebody, so that the publication cannot be altered for it; the tables that are "
            "followed go on, and every look tries again",
            to_string(table));
    }
    locked_ = publication_.locked;
}

void PostgresSource::prepare_publication() {
    const auto wanted = publish_tables();
    warn_of_unlogged();
    if (wanted.empty() && publication_.ours && !std::exchange(warned_of_nothing_, true)) {
        log::warn(
            "no table of the source is followed yet: none of those it has is let through by --tables and --exclude "
            "(patterns of schema.table)");
    }
    for (const auto& statement : publication_.changed) log::debug("source: {}", statement);
    note_moved();
    if (!publication_.ours) warn_of_unpublished(wanted);
}

std::vector<postgres::PublishedTable> PostgresSource::published_tables() {
    return ask_again([this] { return postgres::published_tables(*catalog_, publication_.names); });
}

// No table is put into a publication that is somebody else's: one that the target has would stand still unnoticed.
void PostgresSource::warn_of_unpublished(const std::vector<postgres::PublishableTable>& wanted) {
    std::set<TableName> published;
    for (const auto& table : published_tables()) published.insert(table.name);
    for (const auto& [name, lack, mend] : wanted) {
        if (!known_.contains(name) || published.contains(name) || !unpublished_.insert(name).second) continue;
        log::warn(
            "table {} is in the target, and publication {} does not publish it: it is not followed, its rows stay as "
            "they "
            "are. To follow it: ALTER PUBLICATION {} ADD TABLE {}.{}",
            to_string(name), options_.publication, postgres::quote_identifier(options_.publication),
            postgres::quote_identifier(name.schema), postgres::quote_identifier(name.table));
    }
}

// What pintail has altered itself leaves nothing out: no reason for a copy.
void PostgresSource::note_moved() {
    for (const auto& [before, now] : publication_.moved) {
        for (auto [name, table] : assembler_ ? assembler_->known() : known_) {
            const auto entry = with_moved_way(table.entry, before, now);
            if (entry == table.entry) continue;
            table.entry = entry;
            if (assembler_) assembler_->know(table);
            else known_[name] = table;
        }
    }
}

// One that the target was not loaded by: it was made anew, or another one was asked for. A target that does not know is
// believed.
bool PostgresSource::publication_is_new() const {
    std::set<uint32_t> known;
    for (const auto& [name, table] : known_) {
        if (table.entry && copied_.contains(name))
            known.insert(table.entry->publications.begin(), table.entry->publications.end());
    }
    const auto now = postgres::publication_oids(*catalog_, publication_.names);
    return !known.empty() && !std::includes(known.begin(), known.end(), now.begin(), now.end());
}

// The server decodes by the catalog of the moment: what was changed before the publication was there was not published,
// and until PostgreSQL 17 the stream ends where it comes to it. So it is passed over, up to where every transaction
// that ran before has ended, and all tables are copied.
void PostgresSource::begin_behind_publication(const std::string& why) {
    log::warn("publication {} {}: all tables are copied again", options_.publication, why);
    stored_ = postgres::create_slot(*slot_maker_, {.name = temporary_slot_name(), .temporary = true}).consistent_point;
    for (const auto& [name, copied] : copied_) due_.push_back({name, "its publication " + why});
    copied_.clear();
    waiting_.clear();
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
        log::info("slot {} is there already, from {}", options_.slot, to_string(slot->confirmed_flush));
        return slot->confirmed_flush;
    }
    publish_slot_maker();
    const auto snapshot = postgres::create_slot(*slot_maker_, {.name = options_.slot, .failover = true});
    log::info("slot {} made at {}", options_.slot, to_string(snapshot.consistent_point));
    begin_first_copy(snapshot);
    return snapshot.consistent_point;
}

void PostgresSource::check_stored(const PostgresPosition& stored,
                                  const std::optional<postgres::SlotState>& slot) const {
    check_position({options_.slot, options_.publication}, stored, slot, server_, *slot_maker_);
}

CatalogAnswers PostgresSource::catalog_answers() {
    CatalogAnswers answers;
    answers.wait_for = [this](uint32_t xid) { wait_until_visible(xid); };
    answers.type = [this](uint32_t oid, int32_t modifier) { return types_->find(oid, modifier); };
    answers.wanted = [this](const TableName& name) { return wants(name); };
    answers.entry = [this](uint32_t oid) { return entry_now(oid); };
    answers.policies = options_.policies;
    answers.type_changes = options_.type_changes;
    return answers;
}

void PostgresSource::make_assembler() {
    assembler_ = std::make_unique<PostgresAssembler>(catalog_answers());
    assembler_->start_at(stored_);
    for (const auto& [name, from] : copied_) assembler_->follow(name, from, waiting_.contains(name));
    for (const auto& [name, table] : known_) assembler_->know(table);
}

void PostgresSource::open_stream() {
    stream_.reset();
    streaming_xid_ = 0;
    replaying_.reset();
    feed_again_ = rewind_ = false;
    announced_.clear();
    spool_ = std::make_unique<TransactionSpool>(*spool_folder_);
    stream_ = std::make_unique<postgres::ReplicationStream>(postgres::StreamOptions{
        options_.url, options_.slot, publication_.names, stored_, acknowledged_, wake_.descriptor()});
    log_end_ = postgres::current_lsn(*catalog_);
    log::info("following slot {} from {}", options_.slot, to_string(stored_));
}

}  // namespace pintail::source
