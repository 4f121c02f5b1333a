#include "duck/table_store.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "duck/mode_columns.hpp"
#include "duck/quote.hpp"
#include "duck/sql_type.hpp"
#include "duck/state_schema.hpp"

namespace pintail::duck {
namespace {

using Json = nlohmann::ordered_json;

std::string columns_json(const std::vector<TargetColumn>& columns) {
    Json array = Json::array();
    for (const TargetColumn& column : columns) {
        if (column.role != ModeColumn::none)
            array.push_back({{"column", column.name}, {"role", role_name(column.role)}});
        if (column.source_name.empty()) continue;
        array.push_back({{"name", column.source_name},
                         {"column", column.name},
                         {"type", column.type ? sql_type(*column.type) : ""},
                         {"source_type", column.source_type},
                         {"gone", column.gone}});
    }
    return array.dump();
}

// Gives the physical columns the names that the source has for them.
void name_columns(std::vector<TargetColumn>& columns, const std::string& json) {
    for (const Json& entry : Json::parse(json)) {
        const std::string name = entry.at("column");
        const bool of_mode = entry.contains("role");
        const auto found =
            std::find_if(columns.begin(), columns.end(), [&](const TargetColumn& c) { return c.name == name; });
        if (found == columns.end()) continue;  // dropped by hand: comes again as a new column
        if (of_mode) {
            found->role = parse_role(entry.at("role").get<std::string>());
            continue;
        }
        found->source_name = entry.at("name");
        found->source_type = entry.at("source_type");
        found->gone = entry.at("gone");
    }
}

// A name that does not begin like that.
std::string free_of(std::string_view prefix, const std::string& name) {
    const bool taken = name.size() >= prefix.size() && strncasecmp(name.data(), prefix.data(), prefix.size()) == 0;
    return taken ? "_" + name : name;
}

std::vector<TargetColumn> load_columns(const Connection& connection, const Relation& relation,
                                       const std::string& json) {
    auto columns = read_columns(connection, relation);
    if (!columns) {
        throw Error(
            ErrorKind::destination,
            fmt::format("table {}.{} is recorded in pintail.tables but not there any more: put it back, or delete "
                        "its row from pintail.tables and copy it again (pintail resync)",
                        relation.schema, relation.name));
    }
    name_columns(*columns, json);
    return std::move(*columns);
}

TableMode stored_mode(const std::string& text, const TableName& table) {
    if (const auto mode = parse_table_mode(text)) return *mode;
    throw Error(ErrorKind::destination,
                fmt::format("table {} is kept in mode {}, which this pintail does not know: use the one that wrote it",
                            to_string(table), text));
}

void bind_optional(Statement& statement, size_t parameter, const std::optional<std::string>& text) {
    if (text) statement.bind(parameter, *text);
    else statement.bind_null(parameter);
}

std::shared_ptr<const TableSchema> schema_of(const TargetTable& table, const Relation& relation,
                                             const std::function<bool(const TargetColumn&)>& wanted) {
    auto schema = std::make_shared<TableSchema>();
    schema->name = table.source;
    for (const TargetColumn& column : relation.columns) {
        if (column.source_name.empty() || column.gone || !column.type || !wanted(column)) continue;
        schema->columns.push_back({column.source_name, *column.type, column.source_type, nullptr});
    }
    for (const std::string& key : table.key) {
        for (uint32_t index = 0; index < schema->columns.size(); ++index) {
            if (schema->columns[index].name == key) schema->key.push_back(index);
        }
    }
    return schema;
}

}  // namespace

// DuckDB's names differ by more than case: a schema may stand there as another table's source spells it.
std::optional<std::vector<TargetColumn>> read_columns(const Connection& connection, const Relation& relation) {
    const auto found = connection.texts(
        fmt::format("SELECT 'x' FROM duckdb_tables() WHERE database_name = {} AND lower(schema_name) = lower({}) AND "
                    "lower(table_name) = lower({})",
                    quote_text(relation.catalog), quote_text(relation.schema), quote_text(relation.name)));
    if (found.empty()) return std::nullopt;
    const Result empty = connection.query(fmt::format("SELECT * FROM {} LIMIT 0", relation.sql()));
    std::vector<TargetColumn> columns;
    for (size_t index = 0; index < empty.column_count(); ++index) {
        columns.push_back({empty.column_name(index), "", "", column_type(empty.column_type(index).get()), false});
    }
    return columns;
}

std::shared_ptr<const TableSchema> schema_of(const TargetTable& table) {
    const Relation& relation = table.shown || !table.shadow ? table.visible : *table.shadow;
    return schema_of(table, relation, [](const TargetColumn& column) { return !column_of_exact(column.source_name); });
}

std::shared_ptr<const TableSchema> whole_schema_of(const TargetTable& table, const Relation& relation) {
    return schema_of(table, relation, [](const TargetColumn&) { return true; });
}

TableStore::TableStore(const Connection& connection, std::string catalog)
    : connection_(connection), catalog_(std::move(catalog)) {
    for (const TextRow& row : connection_.texts(fmt::format(
             "SELECT schema_name, table_name, target_schema, target_table, columns::VARCHAR, key_columns::VARCHAR, "
             "snapshot_lsn::VARCHAR, snapshot_open::VARCHAR, shadow, shadow_columns::VARCHAR, mode, "
             "snapshot_time_us::VARCHAR, quarantined FROM {}",
             state_table(catalog_, "tables")))) {
        load_row(row);
    }
}

void TableStore::load_row(const TextRow& row) {
    TargetTable table;
    table.source = {row[0].value(), row[1].value()};
    table.visible = {catalog_, row[2].value(), row[3].value(), {}};
    table.shown = row[4].has_value();
    if (table.shown) table.visible.columns = load_columns(connection_, table.visible, *row[4]);
    for (const Json& name : Json::parse(row[5].value())) table.key.push_back(name);
    if (row[6]) {
        uint64_t lsn = 0;
        std::from_chars(row[6]->data(), row[6]->data() + row[6]->size(), lsn);
        table.snapshot_lsn = lsn;
    }
    table.snapshot_open = row[7] == "true";
    table.mode = stored_mode(row[10].value_or("mirror"), table.source);
    if (row[11]) table.snapshot_time_us = std::stoll(*row[11]);
    table.quarantined = row[12].value_or("");
    if (row[8]) {
        table.shadow = Relation{catalog_, row[2].value(), *row[8], {}};
        table.shadow->columns = load_columns(connection_, *table.shadow, row[9].value());
    }
    tables_.emplace(table.source, std::move(table));
}

TargetTable* TableStore::find(const TableName& name) {
    const auto found = tables_.find(name);
    return found == tables_.end() ? nullptr : &found->second;
}

Relation TableStore::names_for(const TableName& name) const {
    std::vector<TableName> taken;
    for (const auto& [other_name, other] : tables_) taken.push_back({other.visible.schema, other.visible.name});
    const TableName own = distinct_table_name({name.schema, free_of(kShadowPrefix, name.table)}, taken);
    return {catalog_, own.schema, own.table, {}};
}

TargetTable& TableStore::add(const TableSchema& schema, TableMode mode) {
    TargetTable table;
    table.source = schema.name;
    table.mode = mode;
    table.visible = names_for(schema.name);
    return tables_.insert_or_assign(schema.name, std::move(table)).first->second;
}

void TableStore::rename(TargetTable& table, const TableName& name) {
    const TableName before = table.source;
    auto columns = std::move(table.visible.columns);
    auto node = tables_.extract(before);  // pointers to it stay good
    table.visible = names_for(name);
    table.visible.columns = std::move(columns);
    table.source = name;
    node.key() = name;
    tables_.insert(std::move(node));
    connection_.run(
        fmt::format("UPDATE {} SET schema_name = {}, table_name = {} WHERE schema_name = {} AND table_name = {}",
                    state_table(catalog_, "tables"), quote_text(name.schema), quote_text(name.table),
                    quote_text(before.schema), quote_text(before.table)));
}

void TableStore::save(const TargetTable& table) {
    const std::string tables = state_table(catalog_, "tables");
    const std::string where = fmt::format("schema_name = {} AND table_name = {}", quote_text(table.source.schema),
                                          quote_text(table.source.table));
    if (connection_.texts(fmt::format("SELECT 'x' FROM {} WHERE {}", tables, where)).empty()) {
        connection_.run(
            fmt::format("INSERT INTO {} (schema_name, table_name, mode, created_at) VALUES ({}, {}, {}, now())", tables,
                        quote_text(table.source.schema), quote_text(table.source.table),
                        quote_text(std::string(to_string(table.mode)))));
    }
    Statement update(
        connection_,
        fmt::format(
            "UPDATE {} SET target_schema = $1, target_table = $2, columns = $3, key_columns = $4, snapshot_lsn = $5, "
            "snapshot_open = $6, shadow = $7, shadow_columns = $8, snapshot_time_us = $9, quarantined = $10, "
            "updated_at = now() WHERE {}",
            tables, where));
    update.bind(1, table.visible.schema).bind(2, table.visible.name);
    bind_optional(update, 3, table.shown ? std::optional(columns_json(table.visible.columns)) : std::nullopt);
    update.bind(4, Json(table.key).dump());
    if (table.snapshot_lsn) update.bind(5, *table.snapshot_lsn);
    else update.bind_null(5);
    update.bind(6, table.snapshot_open);
    bind_optional(update, 7, table.shadow ? std::optional(table.shadow->name) : std::nullopt);
    bind_optional(update, 8, table.shadow ? std::optional(columns_json(table.shadow->columns)) : std::nullopt);
    update.bind(9, table.snapshot_time_us);
    bind_optional(update, 10, table.quarantined.empty() ? std::nullopt : std::optional(table.quarantined));
    update.execute();
}

void TableStore::remove(const TableName& name) {
    connection_.run(fmt::format("DELETE FROM {} WHERE schema_name = {} AND table_name = {}",
                                state_table(catalog_, "tables"), quote_text(name.schema), quote_text(name.table)));
    tables_.erase(name);
}

void TableStore::note_progress(const std::map<TargetTable*, RowOrigin>& newest) {
    if (newest.empty()) return;
    static const std::vector<ColumnType> kTypes = {
        {TypeKind::varchar}, {TypeKind::varchar}, {TypeKind::int64}, {TypeKind::timestamp_tz}};
    if (!progress_) {
        progress_.emplace(connection_, kTypes);
        store_progress_.emplace(connection_,
                                fmt::format("UPDATE {} AS t SET last_lsn = greatest(t.last_lsn, p.c3::UBIGINT), "
                                            "last_commit_time = greatest(t.last_commit_time, p.c4) "
                                            "FROM {}() AS p WHERE t.schema_name = p.c1 AND t.table_name = p.c2",
                                            state_table(catalog_, "tables"), progress_->function()));
    }
    std::vector<Column> columns(kTypes.begin(), kTypes.end());
    for (const auto& [table, origin] : newest) {
        columns[0].push(make_string_cell(table->source.schema));
        columns[1].push(make_string_cell(table->source.table));
        columns[2].push(static_cast<int64_t>(origin.lsn));
        columns[3].push(origin.commit_time_us);
    }
    std::vector<ColumnSource> sources;
    for (size_t index = 0; index < columns.size(); ++index)
        sources.push_back({&columns[index], &kTypes[index], {nullptr, 0, newest.size()}});
    progress_->show(std::move(sources), newest.size());
    store_progress_->execute();
    progress_->show_nothing();
}

void TableStore::note_change(const std::string& table, const std::string& change, const std::string& column,
                             const std::string& old_text, const std::string& new_text) {
    Statement insert(connection_, fmt::format("INSERT INTO {} VALUES (now(), $1, $2, $3, $4, $5)",
                                              state_table(catalog_, "schema_history")));
    insert.bind(1, table).bind(2, change).bind(3, column).bind(4, old_text).bind(5, new_text).execute();
}

std::optional<std::string> why_due(const Connection& connection, const std::string& catalog, const TableName& name) {
    return connection
        .texts(fmt::format("SELECT arg_max(new, changed_at) FROM {} WHERE change = 'snapshot due' AND table_name = {}",
                           state_table(catalog, "schema_history"), quote_text(to_string(name))))
        .at(0)[0];
}

}  // namespace pintail::duck
