#include "duck/type_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/shell_word.hpp"
#include "duck/failure.hpp"
#include "duck/quote.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

[[noreturn]] void refuse(const TableSchema& schema, const ColumnSchema& column, const TargetColumn& target,
                         const std::string& why) {
    throw UnfollowableChange(
        schema.name,
        fmt::format("table {}, column {}: the source now sends {} ({}), the target holds {}, and that "
                    "cannot be altered without loss{}{}",
                    to_string(schema.name), shown_column_name(column.name), to_string(column.type), column.source_type,
                    target.type ? to_string(*target.type) : "a type that pintail did not make", why.empty() ? "" : ": ",
                    why));
}

// What such a cast means depends on a session's time zone: of the source's session that made it nothing is known.
bool depends_on_time_zone(const ColumnType& type) {
    return type.kind == TypeKind::timestamp_tz ||
           std::any_of(type.fields.begin(), type.fields.end(),
                       [](const Field& field) { return depends_on_time_zone(field.type); });
}

bool is_text(const ColumnType& type) {
    return type.kind == TypeKind::varchar || type.kind == TypeKind::json;
}

// Postgres and DuckDB write its values alike, but for years before Christ.
bool is_written_alike(const ColumnType& type) {
    switch (type.kind) {
        case TypeKind::date:
        case TypeKind::time:
        case TypeKind::timestamp:
        case TypeKind::bit: return true;
        default: return is_text(type) || widens_losslessly(type, {TypeKind::varchar});
    }
}

// Whether a cast of DuckDB's can be what the source's was.
bool means_the_same(const ColumnType& from, const ColumnType& to) {
    if (depends_on_time_zone(from) || depends_on_time_zone(to)) return false;
    if (is_text(from) || is_text(to)) return is_written_alike(from) && is_written_alike(to);
    return !equality_is_coarse(from);  // one month comes back as thirty days, which DuckDB finds equal
}

bool holds_nothing(const Connection& connection, const Relation& relation, const std::string& name) {
    return connection.texts(fmt::format("SELECT 'x' FROM {} WHERE {} IS NOT NULL LIMIT 1", relation.sql(), name))
        .empty();
}

// Each value must come back from the new type as it was; texts, letter by letter.
std::optional<std::string> cast_without_loss(const Connection& connection, const Relation& relation,
                                             const TargetColumn& target, const ColumnType& wanted) {
    const std::string name = quote_name(target.name);
    const std::string type = sql_type(wanted);
    if (holds_nothing(connection, relation, name)) return fmt::format("CAST(NULL AS {})", type);
    if (!means_the_same(*target.type, wanted)) return std::nullopt;
    const std::string cast = fmt::format("TRY_CAST({} AS {})", name, type);
    try {
        const auto lost = connection.texts(
            fmt::format("SELECT 'x' FROM {0} WHERE {1} IS NOT NULL AND (TRY_CAST({2} AS {3}) IS DISTINCT FROM {1} "
                        "OR CAST({2} AS VARCHAR) LIKE '%(BC)') LIMIT 1",
                        relation.sql(), name, cast, sql_type(*target.type)));
        if (lost.empty()) return cast;
    } catch (const OutOfMemory&) {
        throw;
    } catch (const Error& problem) {
        if (problem.transient()) throw;  // else DuckDB has no such cast
    }
    return std::nullopt;
}

bool is_of_key(const TableSchema& schema, const ColumnSchema& column) {
    return std::any_of(schema.key.begin(), schema.key.end(),
                       [&](uint32_t index) { return schema.columns[index].name == column.name; });
}

// Rows that are there could not be found any more by the new column: it is NULL in them.
std::string why_not_replaced(const TableSchema& schema, const ColumnSchema& column) {
    if (!schema.has_key())
        return "a new column cannot be, since the table has no key and its rows are told apart by all columns";
    if (is_of_key(schema, column)) return "a new column cannot be, since it belongs to the key";
    return "";
}

}  // namespace

TypeAnswer answer_type(const Connection& connection, const Relation& relation, const TableSchema& schema,
                       const ColumnSchema& column, const TargetColumn& target, TypeChanges policy) {
    if (!target.type) refuse(schema, column, target, "");
    const ColumnType wanted = storable(column.type);
    if (widens_losslessly(wanted, *target.type)) return {};
    if (widens_losslessly(*target.type, wanted)) return {true, "", false};
    switch (policy) {
        case TypeChanges::cast:
            if (auto cast = cast_without_loss(connection, relation, target, wanted)) return {true, *cast, false};
            refuse(schema, column, target, "not every value would come back from a cast as it was");
        case TypeChanges::new_column:
            if (const auto why = why_not_replaced(schema, column); !why.empty()) refuse(schema, column, target, why);
            return {false, "", true};
        case TypeChanges::refuse:
            refuse(schema, column, target,
                   fmt::format("copy the table again: pintail resync {}", shell_word(to_string(schema.name))));
        case TypeChanges::quarantine: break;
    }
    refuse(schema, column, target, "");
}

}  // namespace pintail::duck
