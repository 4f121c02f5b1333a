// PostgresSource: what DDL does to followed tables without any message in the stream.
//
// The catalog is read now; the stream comes to this moment later. What was read is compared with what the target is in
// line with once the stream has passed it: then every row that is older has been seen, and one that is younger than a
// change has brought an announcement, which has asked the catalog itself (PostgresAssembler).
#include <fmt/format.h>

#include <algorithm>

#include "log/log.hpp"
#include "postgres/catalog_entries.hpp"
#include "source/ask_again.hpp"
#include "source/postgres_source.hpp"
#include "source/visible_commits.hpp"

namespace pintail::source {

void PostgresSource::look_for_changes() {
    Look look;
    look.read = ++reads_;
    for (const auto& text : ask_again([this] { return postgres::catalog_entries(*catalog_, publication_.names); })) {
        auto entry = std::make_shared<CatalogEntry>(read_catalog_entry(text));
        entry->read = look.read;
        look.entries.emplace(entry->oid, std::move(entry));
    }
    look.at = postgres::current_lsn(*catalog_);
    look_ = std::move(look);
}

// Who waits for too long gets the catalog of before, which does not fit what is announced: a copy is due then.
void PostgresSource::wait_until_visible(uint32_t xid) {
    if (xid == visible_xid_) return;
    snapshot_behind(*catalog_, xid, [this] {
        keep_alive();
        return !interrupted_;
    });
    visible_xid_ = xid;
}

std::shared_ptr<const CatalogEntry> PostgresSource::entry_now(uint32_t oid) {
    const auto texts = ask_again([&] { return postgres::catalog_entries(*catalog_, publication_.names, oid); });
    if (texts.empty()) return nullptr;
    auto entry = std::make_shared<CatalogEntry>(read_catalog_entry(texts.front()));
    entry->read = ++reads_;
    return entry;
}

bool PostgresSource::reconcile_is_due() const {
    return look_ && !copy_ && !replaying_ && waiting_.empty() && !assembler_->in_transaction() &&
           reached() >= look_->at;
}

// The former name may be a new table's by now, which was not to be told from the old one until here.
void PostgresSource::note_renamed() {
    for (const auto& [from, to] : assembler_->take_renamed()) {
        log::info("table {} is called {} now", to_string(from), to_string(to));
        copy_again_ = true;
        if (auto copied = copied_.extract(from)) copied_.insert_or_assign(to, copied.mapped());
        if (shown_.erase(from) > 0) shown_.insert(to);
        if (copy_) copy_->give_up(to);
    }
}

// Tables that have gone make place for those that have their names now.
void PostgresSource::reconcile() {
    reconcile_dropped();
    note_unproven();
    note_gone();
    reconcile_names();
    for (const auto& [name, copied] : copied_) reconcile_shape(name);
    look_.reset();
}

// A copy, or an announcement that came since, has seen a later catalog than the look. Where the announcement stands for
// an earlier one, columns tell which is later: their numbers only grow.
bool PostgresSource::knows_more(const TableName& name) const {
    const auto entry = assembler_->known().at(name).entry;
    if (copied_.at(name) >= look_->at) return true;
    if (!entry || entry->read <= look_->read) return false;
    const auto now = look_->entries.find(entry->oid);
    return !entry->cut || now == look_->entries.end() || now->second->last_attnum <= entry->last_attnum;
}

// An announcement whose entry had another name by then tells the columns, and nothing of the name that had come.
bool PostgresSource::knows_later_name(const TableName& name) const {
    return knows_more(name) && (copied_.at(name) >= look_->at || assembler_->known().at(name).entry->name == name);
}

void PostgresSource::reconcile_dropped() {
    for (const auto& [name, copied] : copied_) {
        const auto entry = assembler_->known().at(name).entry;
        if (!entry || knows_more(name) || look_->entries.contains(entry->oid)) continue;
        const bool again = std::any_of(look_->entries.begin(), look_->entries.end(),
                                       [name = name](const auto& one) { return one.second->name == name; });
        assembler_->distrust(name, again ? "it was dropped and made anew" : kGone);
    }
}

// A copy that was due, or that is wanted again, does not come: the target is told why.
void PostgresSource::note_gone() {
    for (const TableName& name : shown_) {
        if (copied_.contains(name) || quarantined_.contains(name) || !wants(name)) continue;
        const bool here = std::any_of(look_->entries.begin(), look_->entries.end(),
                                      [&](const auto& one) { return one.second->name == name; });
        if (here) gone_.erase(name);
        else if (gone_.insert(name).second) due_.push_back({name, kGone});
    }
}

// A table that is followed under its former name: no new one. What is younger than the look waits for the next one.
bool PostgresSource::is_known_otherwise(const TableName& name) const {
    if (!look_) return false;
    const auto now = std::find_if(look_->entries.begin(), look_->entries.end(),
                                  [&](const auto& one) { return one.second->name == name; });
    if (now == look_->entries.end()) return true;
    const auto& known = assembler_->known();
    return std::any_of(copied_.begin(), copied_.end(), [&](const auto& one) {
        const auto entry = known.at(one.first).entry;
        return entry && entry->oid == now->first;
    });
}

// One after the other as far as the new names are free; tables that have swapped theirs are copied.
void PostgresSource::reconcile_names() {
    std::map<TableName, TableName> renamed;
    for (const auto& [name, copied] : copied_) {
        const auto entry = assembler_->known().at(name).entry;
        const auto now = entry && !knows_later_name(name) ? look_->entries.find(entry->oid) : look_->entries.end();
        if (now != look_->entries.end() && now->second->name != name) renamed.emplace(name, now->second->name);
    }
    while (!renamed.empty()) {
        auto next = std::find_if(renamed.begin(), renamed.end(),
                                 [&](const auto& one) { return !copied_.contains(one.second); });
        const bool stuck = next == renamed.end();
        const auto [from, to] = stuck ? *renamed.begin() : *next;
        renamed.erase(from);
        if (stuck || !wants(to)) assembler_->distrust(from, fmt::format("it is called {} now", to_string(to)));
        else assembler_->rename(from, to);
        note_renamed();
        note_unproven();
    }
}

void PostgresSource::reconcile_shape(const TableName& name) {
    if (knows_more(name)) return;
    const auto entry = assembler_->known().at(name).entry;
    const auto now = std::find_if(look_->entries.begin(), look_->entries.end(), [&](const auto& one) {
        return entry ? one.first == entry->oid : one.second->name == name;
    });
    if (now != look_->entries.end() && now->second->name == name) assembler_->reconcile(name, now->second);
}

}  // namespace pintail::source
