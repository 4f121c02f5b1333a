// PostgresAssembler: what became of a table that is announced otherwise than it is known, or not announced at all.
#include <fmt/format.h>

#include <algorithm>

#include "core/shell_word.hpp"
#include "log/log.hpp"
#include "source/postgres_assembler.hpp"
#include "wire/beyond_type.hpp"

namespace pintail::source {
namespace {

// The cell outlives every batch: its strings need an arena of their own. Throws wire::BeyondType.
std::shared_ptr<const Column> missing_cell(const wire::PgCellPlan& plan, const std::string& text) {
    struct Kept {
        Arena arena;
        Column cells;
    };
    const auto kept = std::make_shared<Kept>(Kept{{}, Column(plan.type)});
    plan.from_text(plan, text, kept->arena, kept->cells);
    return {kept, &kept->cells};
}

// Of the columns that are new.
wire::PgLayout with_missing_values(const wire::PgLayout& layout, const CatalogEntry& before, const CatalogEntry& now) {
    wire::PgLayout filled = layout;
    auto schema = std::make_shared<TableSchema>(*layout.schema);
    for (size_t i = 0; i < schema->columns.size(); ++i) {
        const CatalogColumn& column = now.columns.at(i);
        if (find_column(before, column.attnum) != nullptr || column.missing.size() != 1 || !column.missing[0]) continue;
        schema->columns[i].default_cell = missing_cell(layout.cells[i], *column.missing[0]);
    }
    filled.schema = std::move(schema);
    return filled;
}

// A wider type of the same kind: the target alters its column, and what stands beside that column stays there.
bool grows(const ColumnType& before, const ColumnType& now) {
    if (before.kind != now.kind) return false;
    if (now.kind == TypeKind::list) return grows(before.fields.at(0).type, now.fields.at(0).type);
    return before == now || now.kind == TypeKind::decimal;
}

// The target holds a column as another type than is wanted now (numeric without digits, another policy). Why a copy is
// needed; empty: none is, or none would change it.
std::string held_otherwise(const KnownTable& known, const TableSchema& wanted, const CatalogEntry& now,
                           const TypeChangeRule& rule) {
    const bool keeps_wider = rule.keeps_wider && rule.keeps_wider(known.schema->name);
    for (size_t i = 0; i < wanted.columns.size(); ++i) {
        const CatalogColumn* before = find_column(*known.entry, now.columns.at(i).attnum);
        if (before == nullptr) continue;
        const auto& held = known.schema->columns;
        const auto old = std::find_if(held.begin(), held.end(),
                                      [&](const ColumnSchema& column) { return column.name == before->name; });
        if (old == held.end() || grows(old->type, wanted.columns[i].type)) continue;
        if (keeps_wider && rule.widens && rule.widens(wanted.columns[i].type, old->type)) continue;
        return fmt::format("column {} is {} now, and the target holds {}", wanted.columns[i].name,
                           to_string(wanted.columns[i].type), to_string(old->type));
    }
    return "";
}

}  // namespace

// Under a name of before the same table may be known, too: it was copied under the new one, and stands still there.
const TableName* PostgresAssembler::followed_name(uint32_t oid) const {
    const auto found = std::find_if(known_.begin(), known_.end(), [&](const auto& one) {
        return one.second.entry && one.second.entry->oid == oid && is_followed(one.first);
    });
    return found == known_.end() ? nullptr : &found->first;
}

uint32_t PostgresAssembler::known_oid(const TableName& name) const {
    const auto found = known_.find(name);
    return found == known_.end() || !found->second.entry ? 0 : found->second.entry->oid;
}

// What the announcement calls it says nothing where oids are known: it may be older than the copy, and the name another
// table's by now.
const TableName* PostgresAssembler::followed_name(const wire::PgRelation& relation) const {
    if (const TableName* known = followed_name(relation.id)) return known;
    const bool by_name = is_followed(relation.name) && known_oid(relation.name) == 0;
    return by_name ? &followed_.find(relation.name)->first : nullptr;
}

PostgresAssembler::Table* PostgresAssembler::announced(const TableName& name) {
    const uint32_t oid = known_oid(name);
    const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const auto& one) {
        return oid != 0 ? one.first == oid : one.second.relation.name == name;
    });
    return found == tables_.end() ? nullptr : &found->second;
}

// A table that is announced under another name than before. Who has the new name so far must have got another one, too;
// one that stands still there is given up by the target.
PostgresAssembler::Taken PostgresAssembler::follow_name(const wire::PgRelation& relation) {
    const TableName* known = followed_name(relation.id);
    if (!known && counts(relation.name) && known_oid(relation.name) != 0)
        distrust(relation.name, "another table has its name now");
    if (!known || *known == relation.name || !counts(*known)) return Taken::yes;
    const TableName from = *known;
    const bool is_taken = is_followed(relation.name) && known_.contains(relation.name);
    const uint32_t other_oid = is_taken ? known_oid(relation.name) : 0;
    if (const Taken close = close_before(other_oid); close != Taken::yes) return close;
    if (!catalog_.wanted(relation.name)) {
        distrust(from, fmt::format("it is called {} now, which is not wanted", to_string(relation.name)));
        return Taken::yes;
    }
    if (is_taken) {
        const auto other_now = other_oid == 0 ? nullptr : catalog_.entry(other_oid);
        if (!other_now || known_.contains(other_now->name)) {
            distrust(from, "it has another name now");
            distrust(relation.name, "another table has its name now");
            return Taken::yes;
        }
        rename(relation.name, other_now->name);
    }
    rename(from, relation.name);
    return Taken::yes;
}

void PostgresAssembler::rename(const TableName& from, const TableName& to) {
    if (followed_.at(from).hidden) return distrust(from, "it has another name now");
    if (in_transaction_ && !followed_before_) followed_before_ = followed_;
    push(TableRename{from, to});
    renamed_.push_back({from, to});
    KnownTable table = known_.at(from);
    auto schema = std::make_shared<TableSchema>(*table.schema);
    schema->name = to;
    if (table.entry) {
        table.entry = with_name(table.entry, to);
        push(CatalogNote{to, table.entry->text, {}});
    }
    remember(to, {std::move(schema), table.entry});
    remember(from, {});
    known_.erase(from);
    followed_[to] = followed_.at(from);
    followed_.erase(from);
    if (table.entry) rename_announced(table.entry->oid, to);
}

// Its columns are what they were.
void PostgresAssembler::rename_announced(uint32_t oid, const TableName& to) {
    const auto found = tables_.find(oid);
    if (found == tables_.end()) return;
    wire::PgLayout layout = found->second.layout;
    auto schema = std::make_shared<TableSchema>(*layout.schema);
    schema->name = to;
    layout.schema = std::move(schema);
    call(found->second, to, std::move(layout));
}

// Not every table that is renamed is announced anew: a partitioned one gets its rows through the partitions, and until
// PostgreSQL 15 one whose schema is renamed is left out, too.
void PostgresAssembler::call(Table& of, const TableName& name, wire::PgLayout layout) {
    of.relation.name = name;
    of.layout = std::move(layout);
    of.step = kNoStep;
    of.weighed = {};  // an announcement that comes is to be looked at
}

// The stream names columns and types, not what became of them. The catalog tells by attnum, but of now: it is believed
// only where it shows what the stream has announced, and nothing that may have come later.
void PostgresAssembler::follow_change(const wire::PgRelation& relation, wire::PgLayout& layout) {
    const auto found = known_.find(relation.name);
    if (found == known_.end()) return remember(relation.name, {layout.schema, catalog_.entry(relation.id)});
    const KnownTable known = found->second;
    if (!known.entry) {
        if (!same_shape(*known.schema, *layout.schema))
            return distrust(relation.name, "how it has changed is not known");
        return remember(relation.name, {layout.schema, nullptr});
    }
    if (has_columns_of(*known.entry, relation)) {
        if (const auto why = held_otherwise(known, *layout.schema, *known.entry, catalog_.type_changes); !why.empty())
            return distrust(relation.name, why);
        return remember(relation.name, {layout.schema, known.entry});
    }
    auto now = catalog_.entry(relation.id);
    if (now) now = as_announced(now, known.entry->last_attnum, relation);
    if (!now || !has_columns_of(*now, relation) || is_ahead(*known.entry, *now, xid_)) {
        return distrust_or_leave(relation.name, "the catalog has changed again since", *layout.schema, now.get());
    }
    const CatalogChange change = compare_entries(*known.entry, *now);
    if (!change.copy_because.empty())
        return distrust_or_leave(relation.name, change.copy_because, *layout.schema, now.get());
    if (now->identity == 'f' && now->key_index != known.entry->key_index)
        return distrust(relation.name, "its key has changed, too");
    layout = layout_of(relation, now.get());
    derive(relation.name, change, now, layout);
}

void PostgresAssembler::reconcile(const TableName& name, std::shared_ptr<const CatalogEntry> now) {
    const auto known = known_.find(name);
    if (known == known_.end() || known->second.entry == nullptr)
        return distrust(name, "what became of it since it was copied is not known");
    if (known->second.entry->text == now->text) return;
    const CatalogChange change = compare_entries(*known->second.entry, *now);
    wire::PgLayout layout = layout_of(announcement_of(*now), now.get());
    if (!change.copy_because.empty()) return distrust_or_leave(name, change.copy_because, *layout.schema, now.get());
    if (!change.reshaped) layout.schema = known->second.schema;
    derive(name, change, std::move(now), layout);
}

// New columns get what older rows have in them.
void PostgresAssembler::derive(const TableName& name, const CatalogChange& change,
                               std::shared_ptr<const CatalogEntry> now, wire::PgLayout& layout) {
    if (change.reshaped) {
        const KnownTable& known = known_.at(name);
        if (const auto why = held_otherwise(known, *layout.schema, *now, catalog_.type_changes); !why.empty())
            return distrust(name, why);
        try {
            layout = with_missing_values(layout, *known.entry, *now);
        } catch (const wire::BeyondType&) {
            return distrust(name, "what older rows hold in a new column has to stand beside it in each of them");
        }
        push(Reshape{layout.schema, change.renamed, change.dropped, followed_.at(name).hidden});
    }
    push(CatalogNote{name, now->text, change.notes});
    remember(name, {layout.schema, std::move(now)});
}

void PostgresAssembler::remember(const TableName& name, KnownTable table) {
    const auto before = known_.find(name);
    if (in_transaction_)
        known_before_.try_emplace(name, before == known_.end() ? std::nullopt : std::optional(before->second));
    known_[name] = std::move(table);
}

// nullptr: there is none. Without the catalog's word a column is the one of its name.
const ColumnSchema* PostgresAssembler::retyped_column(const KnownTable& known, const TableSchema& wanted,
                                                      const CatalogEntry* now) const {
    const auto& held = known.schema->columns;
    for (const ColumnSchema& column : wanted.columns) {
        std::string before = column.name;
        if (now != nullptr && known.entry) {
            const auto entry = std::find_if(now->columns.begin(), now->columns.end(),
                                            [&](const CatalogColumn& one) { return one.name == column.name; });
            const CatalogColumn* old = entry == now->columns.end() ? nullptr : find_column(*known.entry, entry->attnum);
            if (old == nullptr) continue;
            before = old->name;
        }
        const auto old =
            std::find_if(held.begin(), held.end(), [&](const ColumnSchema& one) { return one.name == before; });
        if (old == held.end() || (catalog_.type_changes.widens && catalog_.type_changes.widens(old->type, column.type)))
            continue;
        if (old->type != column.type) return &column;
    }
    return nullptr;
}

// The table's rows are not what the source has. Where that is for a column's type, the user may want no copy of it.
void PostgresAssembler::distrust_or_leave(const TableName& name, const std::string& why, const TableSchema& wanted,
                                          const CatalogEntry* now) {
    using Answer = TypeChangeRule::Answer;
    const Answer answer = catalog_.type_changes.answer;
    const auto known = known_.find(name);
    if (answer == Answer::copy || known == known_.end() || followed_.at(name).hidden) return distrust(name, why);
    const ColumnSchema* column = retyped_column(known->second, wanted, now);
    if (column == nullptr) return distrust(name, why);
    const bool of_key =
        std::any_of(wanted.key.begin(), wanted.key.end(), [&](uint32_t key) { return &wanted.columns[key] == column; });
    if (answer == Answer::keep_old && wanted.has_key() && !of_key) return distrust(name, why);
    const std::string reason = fmt::format(
        "column {} has another type now: {} ({}){}", column->name, to_string(column->type), column->source_type,
        answer == Answer::quarantine ? ""
        : of_key                     ? ", and the old one cannot be kept, since it belongs to the key"
                 : ", and the old one cannot be kept, since the table has no key to find its values by");
    log::warn(
        "table {} is in quarantine, it is not followed any more: {}. The ways back: pintail resync {}, or "
        "another --on-type-change at the next start",
        to_string(name), reason, shell_word(to_string(name)));
    push(TableQuarantine{name, reason});
    left_.push_back(name);
    unfollow(name);
}

void PostgresAssembler::distrust(const TableName& name, const std::string& why) {
    log::info("table {} is not followed until it is copied again: {}", to_string(name), why);
    push(SnapshotDue{name, why});
    unproven_.push_back(name);
    unfollow(name);
}

// Under REPLICA IDENTITY FULL a key that is not there any more, or is another one by now, tells no rows apart: whole
// rows do. Names may be others by now, too: the key's are those of an entry that has the announced columns.
wire::PgLayout PostgresAssembler::announced_layout(const wire::PgRelation& relation) const {
    if (relation.replica_identity != 'f') return layout_of(relation, nullptr);
    const auto found = known_.find(relation.name);
    const auto before = found == known_.end() ? nullptr : found->second.entry;
    auto now = catalog_.entry(relation.id);
    if (before && (!now || now->key_index != before->key_index)) return layout_of(relation, nullptr);
    if (before && has_columns_of(*before, relation)) return layout_of(relation, before.get());
    if (now && before) now = as_announced(now, before->last_attnum, relation);
    return layout_of(relation, now && has_columns_of(*now, relation) ? now.get() : nullptr);
}

// Under REPLICA IDENTITY FULL every column is announced as the identity's: the catalog names the key.
wire::PgLayout PostgresAssembler::layout_of(const wire::PgRelation& relation, const CatalogEntry* entry) const {
    std::vector<wire::PgColumn> columns;
    std::vector<std::string> key;
    for (const auto& attribute : relation.attributes) {
        columns.push_back({attribute.name, catalog_.type(attribute.type, attribute.modifier), nullptr,
                           policy_of(catalog_.policies, relation.name, attribute.name)});
        if (attribute.in_identity) key.push_back(attribute.name);
    }
    if (relation.replica_identity == 'f') key = entry ? entry->key : std::vector<std::string>();
    return make_pg_layout(relation.name, columns, key);
}

}  // namespace pintail::source
