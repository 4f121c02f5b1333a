#include "source/catalog_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace pintail::source {
namespace {

constexpr uint32_t kText = 25, kVarchar = 1043;  // pg_type.oid: one form in storage, and one text
constexpr uint32_t kFirstXid = 3;                // below: rows that were there before every transaction

bool is_text(uint32_t type) {
    return type == kText || type == kVarchar;
}

// Only of a table that was not rewritten: then the values are stored as they were.
bool keeps_values(const CatalogColumn& before, const CatalogColumn& now) {
    return before.type == now.type || (is_text(before.type) && is_text(now.type));
}

bool any_written(const CatalogEntry& before, const CatalogEntry& now) {
    return std::any_of(now.columns.begin(), now.columns.end(), [&](const CatalogColumn& column) {
        const CatalogColumn* old = find_column(before, column.attnum);
        return old == nullptr || old->xid != column.xid;
    });
}

// A table of its own whose columns were not written anew had TRUNCATE, which is in the stream, VACUUM FULL or CLUSTER.
// A partition may have been truncated by itself: the stream says nothing of that.
std::string rewritten(const CatalogEntry& before, const CatalogEntry& now) {
    for (const auto& [oid, member] : now.members) {
        const auto old = before.members.find(oid);
        if (old == before.members.end() || old->second.file == member.file) continue;
        if (oid != now.oid) return "a partition was rewritten or truncated";
        if (any_written(before, now)) return "the table was rewritten";
    }
    return "";
}

std::string other_members(const CatalogEntry& before, const CatalogEntry& now) {
    for (const auto& [oid, member] : before.members) {
        const auto still = now.members.find(oid);
        if (still == now.members.end()) return "a partition was detached or dropped";
        if (member.joined != 0 && still->second.joined != member.joined)
            return "a partition was detached and attached again";
    }
    for (const auto& [oid, member] : now.members) {
        if (!before.members.contains(oid) && !member.born) return "a partition was attached";
    }
    return "";
}

std::string other_types(const CatalogEntry& before, const CatalogEntry& now) {
    for (const auto& [oid, label] : before.labels) {
        const auto found = now.labels.find(oid);
        if (found != now.labels.end() && found->second != label)
            return fmt::format("the enum value {} was renamed to {}", label, found->second);
    }
    for (const auto& [oid, attributes] : before.composites) {
        const auto found = now.composites.find(oid);
        if (found != now.composites.end() && found->second != attributes) return "a row type was altered";
    }
    return "";
}

std::string other_rows(const CatalogEntry& before, const CatalogEntry& now) {
    if (before.filter != now.filter) return "the publication's row filter was changed";
    if (!before.updates && now.updates) return "its UPDATE and DELETE were not published before";
    return "";
}

// Other ways beside those from before take nothing away.
std::string other_ways(const CatalogEntry& before, const CatalogEntry& now) {
    if (!before.ways || !now.ways) return "";
    const bool kept = !before.ways->empty() &&
                      std::includes(now.ways->begin(), now.ways->end(), before.ways->begin(), before.ways->end());
    return kept ? "" : "the publication was altered, and what it left out meanwhile is not known";
}

// One that was dropped and came again with the same type: rows that were written to it cannot be told from older ones.
bool replaces_equal(const CatalogEntry& before, const CatalogEntry& now, const CatalogColumn& column) {
    return std::any_of(before.columns.begin(), before.columns.end(), [&](const CatalogColumn& old) {
        return old.name == column.name && old.type == column.type && old.modifier == column.modifier &&
               find_column(now, old.attnum) == nullptr;
    });
}

std::string added_column(const CatalogEntry& before, const CatalogEntry& now, const CatalogColumn& column) {
    if (replaces_equal(before, now, column)) return fmt::format("column {} was dropped and made anew", column.name);
    if (column.attnum <= before.last_attnum) return fmt::format("column {} was not published before", column.name);
    if (column.missing.size() > 1) return fmt::format("older rows of its partitions differ in column {}", column.name);
    return "";
}

void compare_column(const CatalogColumn& before, const CatalogColumn& now, CatalogChange& change) {
    if (before.name != now.name) change.renamed.push_back({before.name, now.name});
    if (before.type != now.type || before.modifier != now.modifier) {
        change.reshaped = true;
        if (!keeps_values(before, now)) change.copy_because = fmt::format("column {} has another type", now.name);
    }
    if (before.not_null != now.not_null)
        change.notes.push_back({now.not_null ? "set not null" : "drop not null", now.name});
}

void compare_columns(const CatalogEntry& before, const CatalogEntry& now, CatalogChange& change) {
    for (const CatalogColumn& column : now.columns) {
        if (const CatalogColumn* old = find_column(before, column.attnum)) {
            compare_column(*old, column, change);
            continue;
        }
        change.reshaped = true;
        if (const auto why = added_column(before, now, column); !why.empty()) change.copy_because = why;
    }
    for (const CatalogColumn& column : before.columns) {
        if (find_column(now, column.attnum) == nullptr) change.dropped.push_back(column.name);
    }
    change.reshaped = change.reshaped || !change.renamed.empty() || !change.dropped.empty();
}

// The key's columns as the table calls them now.
std::vector<std::string> key_now(const CatalogEntry& before, const CatalogChange& change) {
    std::vector<std::string> key = before.key;
    for (std::string& name : key) {
        const auto found = std::find_if(change.renamed.begin(), change.renamed.end(),
                                        [&](const ColumnRename& one) { return one.from == name; });
        if (found != change.renamed.end()) name = found->to;
    }
    return key;
}

}  // namespace

CatalogChange compare_entries(const CatalogEntry& before, const CatalogEntry& now) {
    CatalogChange change;
    compare_columns(before, now, change);
    change.reshaped = change.reshaped || key_now(before, change) != now.key || before.key_index != now.key_index;
    for (const auto& question : {rewritten, other_members, other_types, other_rows, other_ways}) {
        if (change.copy_because.empty()) change.copy_because = question(before, now);
    }
    return change;
}

bool is_ahead(const CatalogEntry& before, const CatalogEntry& now, uint32_t xid) {
    return std::any_of(now.columns.begin(), now.columns.end(), [&](const CatalogColumn& column) {
        const CatalogColumn* old = find_column(before, column.attnum);
        const bool same = old != nullptr && old->xid == column.xid;
        return !same && column.xid >= kFirstXid && static_cast<int32_t>(column.xid - xid) > 0;  // xids go round
    });
}

}  // namespace pintail::source
