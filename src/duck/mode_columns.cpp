#include "duck/mode_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/shell_word.hpp"
#include "duck/quote.hpp"

namespace pintail::duck {
namespace {

constexpr std::array kSoftDelete = {
    ModeColumnSpec{ModeColumn::deleted, "_deleted", TypeKind::boolean},
    ModeColumnSpec{ModeColumn::deleted_at, "_deleted_at", TypeKind::timestamp_tz},
};

constexpr std::array kHistory = {
    ModeColumnSpec{ModeColumn::op, "_op", TypeKind::varchar},
    ModeColumnSpec{ModeColumn::commit_time, "_commit_time", TypeKind::timestamp_tz},
    ModeColumnSpec{ModeColumn::lsn, "_lsn", TypeKind::int64},
    ModeColumnSpec{ModeColumn::sequence, "_seq", TypeKind::int64},
    ModeColumnSpec{ModeColumn::valid_from, "_valid_from", TypeKind::timestamp_tz},
    ModeColumnSpec{ModeColumn::valid_to, "_valid_to", TypeKind::timestamp_tz},
};

const ModeColumnSpec* find_spec(const auto& matches) {
    for (const std::span<const ModeColumnSpec> specs :
         {mode_columns(TableMode::soft_delete), mode_columns(TableMode::history)}) {
        const auto found = std::find_if(specs.begin(), specs.end(), matches);
        if (found != specs.end()) return &*found;
    }
    return nullptr;
}

}  // namespace

std::span<const ModeColumnSpec> mode_columns(TableMode mode) {
    switch (mode) {
        case TableMode::soft_delete: return kSoftDelete;
        case TableMode::history: return kHistory;
        case TableMode::mirror: break;
    }
    return {};
}

void refuse_taken_columns(const TableSchema& schema, TableMode mode) {
    std::vector<std::string> taken;
    for (const ColumnSchema& column : schema.columns) taken.push_back(column.name);
    for (const ModeColumnSpec& spec : mode_columns(mode)) {
        if (distinct_name(spec.name, taken) == spec.name) continue;
        throw Error(ErrorKind::config,
                    fmt::format("table {0} has a column {1}, and mode {2} adds one of that name: keep it as a mirror "
                                "(--table-mode {3}), leave it out (--exclude {4}), or rename the column at the "
                                "source and load again",
                                to_string(schema.name), spec.name, to_string(mode),
                                shell_word(to_string(schema.name) + "=mirror"), shell_word(to_string(schema.name))));
    }
}

TargetColumn mode_column(const ModeColumnSpec& spec) {
    TargetColumn column;
    column.name = spec.name;
    column.type = ColumnType{spec.kind, 0, 0, {}};
    column.role = spec.role;
    return column;
}

std::string role_name(ModeColumn role) {
    const auto* spec = find_spec([&](const ModeColumnSpec& one) { return one.role == role; });
    return spec == nullptr ? "" : spec->name;
}

ModeColumn parse_role(const std::string& name) {
    const auto* spec = find_spec([&](const ModeColumnSpec& one) { return one.name == name; });
    return spec == nullptr ? ModeColumn::none : spec->role;
}

size_t index_of(const Relation& relation, ModeColumn role) {
    for (size_t index = 0; index < relation.columns.size(); ++index) {
        if (relation.columns[index].role == role) return index;
    }
    throw Error(ErrorKind::destination, fmt::format("table {}.{} has lost its column {}, which its mode needs: it can "
                                                    "only be loaded anew, into another target file",
                                                    relation.schema, relation.name, role_name(role)));
}

std::string name_of(const Relation& relation, ModeColumn role) {
    return quote_name(relation.columns[index_of(relation, role)].name);
}

}  // namespace pintail::duck
