#include "duck/connection.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "duck/failure.hpp"
#include "duck/shown_sql.hpp"

namespace pintail::duck {
namespace {

// The C API's string_t and StringCell are the same 16 bytes: chunk_fill.cpp relies on it, too.
static_assert(sizeof(duckdb_string_t) == sizeof(StringCell));

duckdb_data_chunk make_chunk(const std::vector<LogicalType>& types) {
    std::vector<duckdb_logical_type> raw;
    raw.reserve(types.size());
    for (const LogicalType& type : types) raw.push_back(type.get());
    return duckdb_create_data_chunk(raw.data(), raw.size());
}

Result checked(duckdb_state state, duckdb_result& result, const std::string& sql) {
    if (state == DuckDBSuccess) return Result(result);
    const std::string message = duckdb_result_error(&result) ? duckdb_result_error(&result) : "unknown error";
    const duckdb_error_type type = duckdb_result_error_type(&result);
    duckdb_destroy_result(&result);
    fail(type, message, shown_sql(sql));
}

}  // namespace

Chunk::Chunk(const std::vector<LogicalType>& types) : chunk_(make_chunk(types)) {}

bool Chunk::is_null(size_t column_index, size_t row) const {
    uint64_t* validity = duckdb_vector_get_validity(column(column_index));
    return validity != nullptr && !duckdb_validity_row_is_valid(validity, row);
}

std::string_view Chunk::text(size_t column_index, size_t row) const {
    return static_cast<const StringCell*>(duckdb_vector_get_data(column(column_index)))[row].view();
}

Result::~Result() {
    if (result_) duckdb_destroy_result(result_.get());
}

std::optional<Chunk> Result::next() const {
    duckdb_data_chunk chunk = duckdb_fetch_chunk(*result_);
    if (chunk == nullptr) {
        const char* message = duckdb_result_error(result_.get());
        if (message != nullptr) fail(duckdb_result_error_type(result_.get()), message, "reading a result");
        return std::nullopt;
    }
    return Chunk(chunk);
}

Connection::Connection(std::shared_ptr<Database> database) : database_(std::move(database)) {
    if (duckdb_connect(database_->get(), connection_.out()) == DuckDBError) {
        throw Error(ErrorKind::destination, "cannot connect to the opened target");
    }
}

Result Connection::query(const std::string& sql) const {
    duckdb_result result;
    const duckdb_state state = duckdb_query(connection_.get(), sql.c_str(), &result);
    return checked(state, result, sql);
}

Result Connection::stream(const std::string& sql) const {
    const Statement statement(*this, sql);
    duckdb_result result;
    const duckdb_state state = duckdb_execute_prepared_streaming(statement.get(), &result);
    return checked(state, result, sql);
}

std::vector<TextRow> Connection::texts(const std::string& sql) const {
    const Result result = query(sql);
    std::vector<TextRow> rows;
    while (const auto chunk = result.next()) {
        for (size_t row = 0; row < chunk->rows(); ++row) {
            TextRow& texts = rows.emplace_back(result.column_count());
            for (size_t column = 0; column < texts.size(); ++column) {
                if (!chunk->is_null(column, row)) texts[column] = chunk->text(column, row);
            }
        }
    }
    return rows;
}

Statement::Statement(const Connection& connection, const std::string& sql) : sql_(sql) {
    if (duckdb_prepare(connection.get(), sql.c_str(), statement_.out()) == DuckDBSuccess) return;
    const char* message = duckdb_prepare_error(statement_.get());
    fail(DUCKDB_ERROR_UNKNOWN_TYPE, message != nullptr ? message : "cannot be prepared", shown_sql(sql));
}

Statement& Statement::check(duckdb_state state) {
    if (state == DuckDBError) throw Error(ErrorKind::internal, "binding a parameter of: " + shown_sql(sql_));
    return *this;
}

Statement& Statement::bind(size_t parameter, std::string_view text) {
    return check(duckdb_bind_varchar_length(statement_.get(), parameter, text.data(), text.size()));
}

Statement& Statement::bind(size_t parameter, int64_t value) {
    return check(duckdb_bind_int64(statement_.get(), parameter, value));
}

Statement& Statement::bind(size_t parameter, uint64_t value) {
    return check(duckdb_bind_uint64(statement_.get(), parameter, value));
}

Statement& Statement::bind(size_t parameter, bool value) {
    return check(duckdb_bind_boolean(statement_.get(), parameter, value));
}

Statement& Statement::bind_null(size_t parameter) {
    return check(duckdb_bind_null(statement_.get(), parameter));
}

Statement& Statement::bind_blob(size_t parameter, std::string_view bytes) {
    return check(duckdb_bind_blob(statement_.get(), parameter, bytes.data(), bytes.size()));
}

Statement& Statement::bind_timestamp_tz(size_t parameter, int64_t micros) {
    return check(duckdb_bind_timestamp_tz(statement_.get(), parameter, duckdb_timestamp{micros}));
}

Result Statement::execute() const {
    duckdb_result result;
    const duckdb_state state = duckdb_execute_prepared(statement_.get(), &result);
    return checked(state, result, sql_);
}

Appender::Appender(const Connection& connection, const std::string& catalog, const std::string& schema,
                   const std::string& table)
    : table_(schema + "." + table) {
    check(duckdb_appender_create_ext(connection.get(), catalog.c_str(), schema.c_str(), table.c_str(), &appender_));
}

Appender::~Appender() {
    if (appender_ == nullptr) return;
    duckdb_appender_clear(appender_);  // destroy would flush what an Error left behind
    duckdb_appender_destroy(&appender_);
}

void Appender::append(const Chunk& chunk) {
    check(duckdb_append_data_chunk(appender_, chunk.get()));
}

void Appender::flush() {
    check(duckdb_appender_flush(appender_));
}

void Appender::finish() {
    check(duckdb_appender_close(appender_));
}

void Appender::check(duckdb_state state) {
    if (state == DuckDBSuccess) return;
    duckdb_error_data error = duckdb_appender_error_data(appender_);
    const std::string message = duckdb_error_data_has_error(error) ? duckdb_error_data_message(error) : "unknown error";
    const duckdb_error_type type = duckdb_error_data_error_type(error);
    duckdb_destroy_error_data(&error);
    if (appender_ != nullptr) {
        duckdb_appender_clear(appender_);
        duckdb_appender_destroy(&appender_);
    }
    fail(type, message, "appending to " + table_);
}

Transaction::Transaction(const Connection& connection, bool read_only) : connection_(connection) {
    connection_.run(read_only ? "BEGIN TRANSACTION READ ONLY" : "BEGIN TRANSACTION");
}

Transaction::~Transaction() {
    if (!open_) return;
    duckdb_result result;
    duckdb_query(connection_.get(), "ROLLBACK", &result);  // an invalidated database refuses even that
    duckdb_destroy_result(&result);
}

void Transaction::commit() {
    connection_.run("COMMIT");
    open_ = false;
}

}  // namespace pintail::duck
