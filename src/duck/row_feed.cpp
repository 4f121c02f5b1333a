#include "duck/row_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "core/error.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {

namespace {

using TableFunction = Handle<duckdb_table_function, duckdb_destroy_table_function>;
using Context = Handle<duckdb_client_context, duckdb_destroy_client_context>;

// Functions cannot be replaced: each feed has a name of its own.
std::string next_name() {
    static std::atomic<uint64_t> count{0};
    return fmt::format("__pintail_rows_{}", ++count);
}

idx_t id_of(duckdb_connection connection) {
    Context context;
    duckdb_connection_get_client_context(connection, context.out());
    return duckdb_client_context_get_connection_id(context.get());
}

idx_t caller_of(duckdb_bind_info info) {
    Context context;
    duckdb_table_function_get_client_context(info, context.out());
    return duckdb_client_context_get_connection_id(context.get());
}

}  // namespace

struct RowFeed::Shown {
    idx_t connection = 0;
    std::vector<ColumnType> types;
    std::vector<ColumnSource> sources;
    size_t rows = 0;

    // DuckDB keeps one reference with the function.
    using Reference = std::shared_ptr<Shown>;
    static Shown& of(void* reference) { return **static_cast<Reference*>(reference); }
    static void release(void* reference) { delete static_cast<Reference*>(reference); }

    static void bind(duckdb_bind_info info) {
        const Shown& shown = of(duckdb_bind_get_extra_info(info));
        if (caller_of(info) != shown.connection) return duckdb_bind_set_error(info, "it is pintail's own");
        for (size_t index = 0; index < shown.types.size(); ++index) {
            const LogicalType type = logical_type(shown.types[index]);
            duckdb_bind_add_result_column(info, fmt::format("c{}", index + 1).c_str(), type.get());
        }
        duckdb_bind_set_cardinality(info, std::max<size_t>(shown.rows, 1), false);
    }

    // One thread: the place in the rows is its own, and readers never see part of a commit (docs/correctness.md, 13).
    static void init(duckdb_init_info info) {
        duckdb_init_set_max_threads(info, 1);
        duckdb_init_set_init_data(info, new size_t(0), [](void* place) { delete static_cast<size_t*>(place); });
    }

    static void give(duckdb_function_info info, duckdb_data_chunk chunk) {
        const Shown& shown = of(duckdb_function_get_extra_info(info));
        size_t& place = *static_cast<size_t*>(duckdb_function_get_init_data(info));
        const size_t count = std::min<size_t>(duckdb_vector_size(), shown.rows - std::min(place, shown.rows));
        for (size_t index = 0; index < shown.sources.size(); ++index) {
            const ColumnSource& source = shown.sources[index];
            const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, index);
            if (source.column == nullptr) fill_null(vector, count);
            else fill_vector(vector, *source.column, *source.type, source.selection.slice(place, count));
        }
        duckdb_data_chunk_set_size(chunk, count);
        place += count;
    }
};

RowFeed::RowFeed(const Connection& connection, std::vector<ColumnType> types)
    : name_(next_name()), shown_(std::make_shared<Shown>()) {
    shown_->connection = id_of(connection.get());
    shown_->types = std::move(types);
    const TableFunction function(duckdb_create_table_function());
    duckdb_table_function_set_name(function.get(), name_.c_str());
    duckdb_table_function_set_extra_info(function.get(), new Shown::Reference(shown_), Shown::release);
    duckdb_table_function_set_bind(function.get(), Shown::bind);
    duckdb_table_function_set_init(function.get(), Shown::init);
    duckdb_table_function_set_function(function.get(), Shown::give);
    if (duckdb_register_table_function(connection.get(), function.get()) == DuckDBError) {
        throw Error(ErrorKind::destination, "DuckDB refuses the table function " + name_);
    }
}

RowFeed::~RowFeed() {
    show_nothing();
}

void RowFeed::show(std::vector<ColumnSource> sources, size_t rows) {
    shown_->sources = std::move(sources);
    shown_->rows = rows;
}

}  // namespace pintail::duck
