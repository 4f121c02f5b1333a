#include "duck/target_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "duck/open_target.hpp"
#include "duck/out_of_memory.hpp"
#include "duck/position_store.hpp"
#include "duck/quarantine_store.hpp"
#include "duck/quote.hpp"
#include "duck/read_only_rules.hpp"
#include "duck/shown_sql.hpp"
#include "duck/state_schema.hpp"
#include "duck/table_store.hpp"
#include "duck/target_reader_state.hpp"

namespace pintail::duck {
namespace {

template <typename Number>
Number number(const std::optional<std::string>& text) {
    Number value{};
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::vector<std::string> key_names(const std::string& json) {
    return nlohmann::json::parse(json).get<std::vector<std::string>>();
}

std::vector<InferredColumn> inferred_columns(const std::string& columns_json) {
    std::vector<InferredColumn> inferred;
    for (const auto& column : nlohmann::json::parse(columns_json)) {
        if (!column.contains("role") && column.at("source_type") == kInferredType && !column.at("gone"))
            inferred.push_back({column.at("column"), column.at("type")});
    }
    return inferred;
}

std::vector<ColumnOrigin> column_origins(const std::string& json) {
    std::vector<ColumnOrigin> origins;
    for (const auto& column : nlohmann::json::parse(json)) {
        if (column.contains("role")) continue;  // of the table's mode
        const std::string name = column.at("name");
        if (!column.value("gone", false) && !column_of_exact(name))
            origins.push_back({name, column.at("source_type"), column.at("column")});
    }
    return origins;
}

std::vector<TableStatus> read_tables(const Connection& connection, const std::string& catalog) {
    std::vector<TableStatus> tables;
    for (const TextRow& row : connection.texts(fmt::format(
             "SELECT schema_name, table_name, target_schema, target_table, key_columns::VARCHAR, "
             "snapshot_open::VARCHAR, "
             "snapshot_lsn::VARCHAR, last_lsn::VARCHAR, epoch_us(last_commit_time)::VARCHAR, shadow, (columns IS NOT "
             "NULL)::VARCHAR, "
             "coalesce(columns, shadow_columns, '[]')::VARCHAR, mode, {} FROM {} ORDER BY schema_name, table_name",
             has_state_column(connection, catalog, "tables", "quarantined") ? "quarantined" : "NULL::VARCHAR",
             state_table(catalog, "tables")))) {
        TableStatus& table = tables.emplace_back();
        table.name = {row[0].value(), row[1].value()};
        table.target = {row[2].value(), row[3].value()};
        table.key = key_names(row[4].value());
        table.inferred = inferred_columns(row[11].value());
        table.shown = row[10] == "true";
        table.mode = parse_table_mode(row[12].value_or("")).value_or(TableMode::mirror);
        table.snapshot_open = row[5] == "true" || row[9];
        if (row[6]) table.snapshot_lsn = number<uint64_t>(row[6]);
        table.last_lsn = number<uint64_t>(row[7]);
        table.last_commit_time_us = number<int64_t>(row[8]);
        table.columns = column_origins(row[11].value());
        table.quarantined = row[13].value_or("");
        const std::string& relation = table.shown ? *row[3] : row[9].value();
        table.rows =
            number<uint64_t>(connection
                                 .texts(fmt::format("SELECT count(*)::VARCHAR FROM {}.{}.{}", quote_name(catalog),
                                                    quote_name(*row[2]), quote_name(relation)))
                                 .at(0)
                                 .at(0));
    }
    return tables;
}

// A run forgets the copy of a table that it cannot follow any more (SnapshotDue). Topics need none.
void find_not_followed(const Connection& connection, const std::string& catalog, TargetStatus& status) {
    if (!std::holds_alternative<PostgresPosition>(status.position)) return;
    for (TableStatus& table : status.tables) {
        if (!table.shown || table.snapshot_open || table.snapshot_lsn || !table.quarantined.empty()) continue;
        table.not_followed = why_due(connection, catalog, table.name).value_or("a new copy of it is due");
    }
}

std::vector<QuarantineCount> read_quarantine(const Connection& connection, const std::string& catalog) {
    std::vector<QuarantineCount> counts;
    for (const TextRow& row : connection.texts(fmt::format("SELECT coalesce(topic, ''), coalesce(table_name, ''), "
                                                           "count(*)::VARCHAR FROM {} GROUP BY ALL ORDER BY ALL",
                                                           state_table(catalog, "quarantine")))) {
        counts.push_back({row[0].value(), row[1].value(), number<uint64_t>(row[2])});
    }
    return counts;
}

// A statement of ours, and the one that was typed for which it stands.
struct Wording {
    std::string ours;
    std::string typed;

    // Without the place in ours.
    std::string of(std::string message) const {
        const std::string shown = shown_sql(ours);
        if (message.starts_with(shown)) message.replace(0, shown.size(), shown_sql(typed));
        return message.substr(0, message.find("\n\nLINE "));
    }
};

// A user's mistake, not the target's: DuckDB's message is what helps.
template <typename Step>
auto as_usage(const Step& step, const Wording& wording = {}) {
    try {
        return step();
    } catch (const OutOfMemory&) {
        throw;  // others may have taken it
    } catch (const Error& error) {
        throw Error(ErrorKind::usage, wording.of(error.what()));
    }
}

// Of the statement as it was typed: where it does not bind, the message shows the place.
Statement bind(const Connection& connection, const std::string& asked) {
    try {
        return Statement(connection, asked);
    } catch (const OutOfMemory&) {
        throw;
    } catch (const Error& error) {
        throw Error(ErrorKind::usage, error.what());
    }
}

// DuckDB refuses a path with a schema that does not exist; to look for the schema takes it longer.
void set_search_path(const Connection& connection, const std::string& catalog) {
    const auto set = [&](const std::string& path) { connection.run("SET search_path = " + quote_text(path)); };
    const std::string name = quote_name(catalog);
    try {
        set(name + ".public," + name + ".main");
    } catch (const OutOfMemory&) {
        throw;
    } catch (const Error&) {
        set(name + ".main");
    }
}

// `bound` knows the names, DESCRIBE renames repeated ones.
std::vector<ResultColumn> describe(const Connection& connection, const Statement& bound, const std::string& select) {
    std::vector<ResultColumn> columns;
    for (const TextRow& row :
         connection.texts(fmt::format("SELECT column_type FROM (DESCRIBE SELECT * FROM ({}) AS q)", select))) {
        const char* name = duckdb_prepared_statement_column_name(bound.get(), columns.size());
        columns.push_back({name != nullptr ? name : "", row[0].value_or("")});
        duckdb_free(const_cast<char*>(name));
    }
    return columns;
}

// Names may repeat in a result, so the cast goes by names of our own.
std::string cast_to_text(const std::string& select, size_t columns) {
    std::string names;
    std::string casts;
    for (size_t index = 0; index < columns; ++index) {
        names += fmt::format("{}c{}", index == 0 ? "" : ", ", index);
        casts += fmt::format("{}c{}::VARCHAR", index == 0 ? "" : ", ", index);
    }
    return fmt::format("SELECT {} FROM ({}) AS q({})", casts, select, names);
}

void hand_out(const Result& result, const std::function<bool(const TextCells&)>& on_row) {
    TextCells cells(result.column_count());
    while (const auto chunk = as_usage([&] { return result.next(); })) {
        for (size_t row = 0; row < chunk->rows(); ++row) {
            for (size_t column = 0; column < cells.size(); ++column) {
                cells[column] = chunk->is_null(column, row) ? std::nullopt : std::optional(chunk->text(column, row));
            }
            if (!on_row(cells)) return;
        }
    }
}

}  // namespace

TargetReader::TargetReader(const TargetOptions& options)
    : state_(std::make_unique<State>(open_target(options, Access::read_only))) {}

TargetReader::TargetReader(std::unique_ptr<State> state) : state_(std::move(state)) {}

TargetReader::TargetReader(TargetReader&&) noexcept = default;

TargetReader::~TargetReader() = default;

TargetStatus TargetReader::status() {
    const Connection& connection = state_->connection;
    TargetStatus status;
    const Transaction transaction(connection, true);
    if (!has_state_schema(connection)) return status;
    status.target_uuid =
        connection.texts("SELECT uuid FROM " + state_table(state_->catalog, "target")).at(0).at(0).value();
    status.position = load_position(connection, state_->catalog);
    status.loaded_by = loaded_by(connection, state_->catalog);
    status.tables = read_tables(connection, state_->catalog);
    find_not_followed(connection, state_->catalog, status);
    status.quarantine = read_quarantine(connection, state_->catalog);
    status.blocked_keys = blocked_keys(connection, state_->catalog).size();
    return status;
}

void TargetReader::query(const std::string& sql,
                         const std::function<void(const std::vector<ResultColumn>&)>& on_columns,
                         const std::function<bool(const TextCells&)>& on_row) {
    const Connection& connection = state_->connection;
    set_search_path(connection, state_->catalog);
    const ReadOnlyStatement admitted = admit_read_only(connection, sql);
    const Transaction transaction(connection, true);
    const Statement bound = bind(connection, admitted.asked);
    if (admitted.explain) {
        const std::string explain = fmt::format("EXPLAIN {} {}", admitted.analyze ? "ANALYZE" : "", admitted.sql);
        on_columns({{"explain_key", "VARCHAR"}, {"explain_value", "VARCHAR"}});
        hand_out(as_usage([&] { return connection.query(explain); }, {explain, admitted.asked}), on_row);
        return;
    }
    const auto columns =
        as_usage([&] { return describe(connection, bound, admitted.sql); }, {admitted.sql, admitted.asked});
    const std::string texts = cast_to_text(admitted.sql, columns.size());
    const Result result = as_usage([&] { return connection.stream(texts); }, {texts, admitted.asked});
    on_columns(columns);
    hand_out(result, on_row);
}

// DuckDB takes its snapshot with the first read, not with BEGIN.
void TargetReader::pin() {
    state_->pinned.emplace(state_->connection, true);
    state_->connection.texts(fmt::format("SELECT uuid FROM {}", state_table(state_->catalog, "target")));
}

void TargetReader::read(const std::string& sql, const std::function<void(const TextCells&)>& on_row) {
    hand_out(state_->connection.query(sql), [&](const TextCells& cells) {
        on_row(cells);
        return true;
    });
}

void TargetReader::interrupt() {
    duckdb_interrupt(state_->connection.get());
}

}  // namespace pintail::duck
