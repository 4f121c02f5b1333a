#include "source/row_repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "postgres/catalog.hpp"
#include "postgres/key_operators.hpp"
#include "postgres/table_copy.hpp"
#include "source/copied_columns.hpp"
#include "wire/copy_binary.hpp"

namespace pintail::source {
namespace {

using postgres::quote_identifier;
using postgres::quote_literal;

const SourceColumn& find_column(const SourceTable& table, const std::string& name) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const SourceColumn& column) { return column.name == name; });
    if (found == table.columns.end())
        throw Error(ErrorKind::schema, fmt::format("table {}: its key has no column {}", to_string(table.name), name));
    return *found;
}

std::string one_key(const SourceTable& table, const std::vector<std::string>& key) {
    std::vector<std::string> values;
    for (size_t i = 0; i < key.size(); ++i)
        values.push_back(quote_literal(key[i]) + "::" + find_column(table, table.key[i]).type.formatted);
    return fmt::format("({})", fmt::join(values, ", "));
}

// "wanted AS (…)": the keys as a table with the key's own column names.
std::string wanted(const SourceTable& table, const std::vector<std::vector<std::string>>& keys) {
    std::set<std::string> rows;
    for (const auto& key : keys) rows.insert(one_key(table, key));
    std::vector<std::string> names;
    for (const std::string& name : table.key) names.push_back(quote_identifier(name));
    return fmt::format("wanted({}) AS (VALUES {})", fmt::join(names, ", "), fmt::join(rows, ", "));
}

std::string same_key(const SourceTable& table, const std::vector<std::string>& operators) {
    std::vector<std::string> conditions;
    for (size_t i = 0; i < table.key.size(); ++i)
        conditions.push_back(fmt::format("s.{0} {1} wanted.{0}", quote_identifier(table.key[i]), operators[i]));
    return fmt::format("{}", fmt::join(conditions, " AND "));
}

// Keys that the source calls equal (citext, 1.0 and 1.00) may be two in the target, which keeps them as texts.
std::string same_text(const SourceTable& table) {
    std::vector<std::string> conditions;
    for (const std::string& name : table.key) {
        const std::string column = quote_identifier(name);
        conditions.push_back(
            fmt::format("({}) = ({}) COLLATE pg_catalog.\"C\"", as_text("s." + column), as_text("wanted." + column)));
    }
    return fmt::format("{}", fmt::join(conditions, " AND "));
}

// Of a removed row only the key counts.
std::string removed_columns(const SourceTable& table, const wire::PgLayout& layout) {
    std::vector<std::string> columns;
    for (size_t i = 0; i < layout.cells.size(); ++i) {
        const std::string& name = layout.schema->columns[i].name;
        const std::string value = "wanted." + quote_identifier(name);
        if (std::find(table.key.begin(), table.key.end(), name) == table.key.end()) columns.emplace_back("NULL");
        else columns.push_back(layout.copies_as_text(i) ? as_text(value) : value);
    }
    return fmt::format("{}", fmt::join(columns, ", "));
}

RowBatch read_rows(postgres::Connection& connection, const wire::PgLayout& layout, const std::string& query, Op op,
                   int64_t now_us) {
    RowBatch rows(layout.schema);
    wire::CopyBinaryDecoder decoder(layout);
    postgres::TableCopy copy(connection, query);
    for (std::string_view message = copy.receive(); !message.empty(); message = copy.receive())
        decoder.feed(message, {0, now_us}, rows);
    std::fill(rows.ops.begin(), rows.ops.end(), op);
    return rows;
}

}  // namespace

std::vector<Step> repair_rows(postgres::Connection& connection, const postgres::PublishedTable& table,
                              const std::vector<std::vector<std::string>>& keys, const ColumnPolicies& policies) {
    const auto described = postgres::describe_table(connection, table.name);
    if (!described || described->key.empty())
        throw Error(ErrorKind::schema, fmt::format("table {} has no key any more", to_string(table.name)));
    const wire::PgLayout layout =
        layout_of(*described, table, policies, connection.server_version() >= postgres::kPublishesGenerated);
    const std::string filter = postgres::row_filter(connection, table);
    const std::string with = "WITH " + wanted(*described, keys);
    const std::string same = same_key(*described, postgres::key_operators(connection, *described));
    const std::string filtered = filter.empty() ? "" : " AND (" + filter + ")";
    const int64_t now_us = postgres::server_clock_us(connection);
    std::vector<Step> steps;
    const auto add = [&](const std::string& query, Op op) {
        RowBatch rows = read_rows(connection, layout, query, op, now_us);
        if (rows.rows() > 0) steps.emplace_back(std::move(rows));
    };
    add(fmt::format("{} SELECT {} FROM wanted WHERE NOT EXISTS (SELECT FROM {} AS s WHERE {} AND {}{})", with,
                    removed_columns(*described, layout), sql_name(table.name), same, same_text(*described), filtered),
        Op::remove);
    add(fmt::format("{} SELECT {} FROM {} AS s WHERE EXISTS (SELECT FROM wanted WHERE {}){}", with, select_list(layout),
                    sql_name(table.name), same, filtered),
        Op::insert);
    return steps;
}

}  // namespace pintail::source
