#include "postgres/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "postgres/partition_tree.hpp"

namespace pintail::postgres {
namespace {

// One statement, so that all of it is seen by one snapshot. `type_step` walks from a column's type down: a domain to
// what it stands for (its modifier wins over the column's), an array to its element, once.
constexpr const char* kDescribe = R"sql(
WITH RECURSIVE
found AS (
    SELECT c.oid, c.relreplident
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')),
type_step(attnum, oid, modifier, is_array, depth) AS (
    SELECT a.attnum, a.atttypid, a.atttypmod, false, 0
    FROM found JOIN pg_attribute a ON a.attrelid = found.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT s.attnum,
           CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END,
           CASE WHEN t.typtype = 'd' AND t.typtypmod <> -1 THEN t.typtypmod ELSE s.modifier END,
           s.is_array OR t.typtype <> 'd',
           s.depth + 1
    FROM type_step s JOIN pg_type t ON t.oid = s.oid
    WHERE t.typtype = 'd'
       OR NOT s.is_array AND EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)),
resolved AS (
    SELECT DISTINCT ON (attnum) attnum, oid, modifier, is_array FROM type_step ORDER BY attnum, depth DESC),
identity AS (
    SELECT k.attnum, k.place
    FROM found JOIN pg_index i ON i.indrelid = found.oid
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
    WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND CASE found.relreplident WHEN 'i' THEN i.indisreplident WHEN 'n' THEN false ELSE i.indisprimary END
      AND k.place <= i.indnkeyatts)
SELECT found.relreplident, a.attname, a.attnum, a.attnotnull, a.attgenerated <> '',
       t.typname, t.typtype, r.modifier, r.is_array, format_type(a.atttypid, a.atttypmod), identity.place,
       (a.attmissingval::text::text[])[1], t.typdelim, a.attgenerated = 'v'
FROM found
LEFT JOIN pg_attribute a ON a.attrelid = found.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN resolved r ON r.attnum = a.attnum
LEFT JOIN pg_type t ON t.oid = r.oid
LEFT JOIN identity ON identity.attnum = a.attnum
ORDER BY a.attnum
)sql";

enum Field {
    replica_identity,
    column_name,
    attnum,
    not_null,
    generated,
    type_name,
    type_category,
    modifier,
    is_array,
    formatted,
    key_place,
    missing_text,
    delimiter,
    virtual_column
};

SourceColumn read_column(const Result& result, int row) {
    SourceColumn column;
    column.name = result.text(row, column_name);
    column.attnum = static_cast<int16_t>(result.number(row, attnum));
    column.not_null = result.flag(row, not_null);
    column.is_generated = result.flag(row, generated);
    column.type.name = result.text(row, type_name);
    column.type.category = result.text(row, type_category);
    column.type.modifier = static_cast<int32_t>(result.number(row, modifier));
    column.type.is_array = result.flag(row, is_array);
    column.type.formatted = result.text(row, formatted);
    column.type.delimiter = result.text(row, delimiter)[0];
    column.is_virtual = result.flag(row, virtual_column);
    if (result.value(row, missing_text)) column.missing_text = result.text(row, missing_text);
    return column;
}

struct KeyPart {
    int64_t place;
    const SourceColumn* column;
};

std::vector<std::string> usable_key(std::vector<KeyPart> parts) {
    if (!std::all_of(parts.begin(), parts.end(), [](const KeyPart& part) { return part.column->not_null; })) return {};
    std::sort(parts.begin(), parts.end(), [](const KeyPart& a, const KeyPart& b) { return a.place < b.place; });
    std::vector<std::string> names;
    for (const auto& part : parts) names.push_back(part.column->name);
    return names;
}

SourceTable read_table(const Result& result, const TableName& name) {
    SourceTable table;
    table.name = name;
    table.replica_identity = result.text(0, replica_identity)[0];
    if (!result.value(0, column_name)) return table;  // a table without columns is legal
    table.columns.reserve(result.rows());
    std::vector<KeyPart> parts;
    for (int row = 0; row < result.rows(); ++row) {
        table.columns.push_back(read_column(result, row));
        if (result.value(row, key_place)) parts.push_back({result.number(row, key_place), &table.columns.back()});
    }
    table.key = usable_key(std::move(parts));
    return table;
}

std::vector<TableName> read_names(const Result& result) {
    std::vector<TableName> names;
    for (int row = 0; row < result.rows(); ++row)
        names.push_back({std::string(result.text(row, 0)), std::string(result.text(row, 1))});
    return names;
}

}  // namespace

std::optional<SourceTable> describe_table(Connection& connection, const TableName& name) {
    const auto result = connection.exec(kDescribe, {name.schema, name.table});
    if (result.rows() == 0) return std::nullopt;
    return read_table(result, name);
}

std::string generated_column_lost(const SourceColumn& column) {
    const std::string left_out = "the generated column " + column.name + " is left out, here and in the copy: ";
    if (column.is_virtual)
        return left_out +
               "PostgreSQL computes it when it is read and never sends it; compute it in a view of the target";
    return left_out +
           "PostgreSQL sends stored generated columns from version 18 on, by publications with "
           "publish_generated_columns = stored; "
           "else compute it in a view of the target";
}

std::vector<TableName> list_tables(Connection& connection) {
    return read_names(connection.exec(R"sql(
        SELECT n.nspname, c.relname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
          AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
        ORDER BY 1, 2)sql"));
}

std::vector<TableName> leaves_of(Connection& connection, const TableName& name) {
    return read_names(connection.exec(fmt::format(R"sql(
        SELECT n.nspname, c.relname
        FROM pg_class root JOIN pg_namespace rn ON rn.oid = root.relnamespace AND root.relkind IN ('r', 'p')
        CROSS JOIN LATERAL {} leaf
        JOIN pg_class c ON c.oid = leaf.relid AND c.relkind <> 'p' JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE rn.nspname = $1 AND root.relname = $2
        ORDER BY 1, 2)sql",
                                                  partition_tree("root.oid")),
                                      {name.schema, name.table}));
}

int64_t server_clock_us(Connection& connection) {
    return connection.exec("SELECT (extract(epoch FROM now()) * 1000000)::int8").number(0, 0);
}

}  // namespace pintail::postgres
