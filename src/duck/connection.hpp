// duckdb.h with owners: every handle is freed, every failure is an Error(destination).
//
// A Database may be shared between threads; a Connection and what is made from it belong to one thread at a time.
// Reference: https://duckdb.org/docs/stable/clients/c/overview
#pragma once

#include <duckdb.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/column.hpp"

namespace pintail::duck {

// Owns one duckdb handle of type H that `Destroy` frees.
template <typename H, auto Destroy>
class Handle {
public:
    explicit Handle(H handle = nullptr) : handle_(handle) {}
    Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Handle() {
        if (handle_ != nullptr) Destroy(&handle_);
    }

    H get() const { return handle_; }
    H* out() { return &handle_; }

private:
    H handle_;
};

using LogicalType = Handle<duckdb_logical_type, duckdb_destroy_logical_type>;

class Database {
public:
    duckdb_database get() const { return handle_.get(); }
    duckdb_database* out() { return handle_.out(); }
    // Expires when the file has been closed, by a checkpoint maybe: one on the object itself would before that.
    std::weak_ptr<void> open() const { return open_; }

private:
    std::shared_ptr<void> open_ = std::make_shared<bool>();  // outlives handle_
    Handle<duckdb_database, duckdb_close> handle_;
};

// Up to duckdb_vector_size() rows of a result, or rows on their way into a table.
class Chunk {
public:
    explicit Chunk(duckdb_data_chunk chunk) : chunk_(chunk) {}
    explicit Chunk(const std::vector<LogicalType>& types);

    size_t rows() const { return duckdb_data_chunk_get_size(chunk_.get()); }
    duckdb_vector column(size_t index) const { return duckdb_data_chunk_get_vector(chunk_.get(), index); }
    duckdb_data_chunk get() const { return chunk_.get(); }
    void set_rows(size_t rows) { duckdb_data_chunk_set_size(chunk_.get(), rows); }
    void reset() { duckdb_data_chunk_reset(chunk_.get()); }

    bool is_null(size_t column, size_t row) const;
    // T must be the column's physical type.
    template <typename T>
    T at(size_t column_index, size_t row) const {
        return static_cast<const T*>(duckdb_vector_get_data(column(column_index)))[row];
    }
    // The column must be VARCHAR or BLOB. Valid as long as the chunk.
    std::string_view text(size_t column, size_t row) const;

private:
    Handle<duckdb_data_chunk, duckdb_destroy_data_chunk> chunk_;
};

class Result {
public:
    explicit Result(duckdb_result result) : result_(std::make_unique<duckdb_result>(result)) {}
    Result(Result&&) noexcept = default;
    Result& operator=(Result&&) = delete;
    ~Result();

    size_t column_count() const { return duckdb_column_count(result_.get()); }
    std::string column_name(size_t index) const { return duckdb_column_name(result_.get(), index); }
    LogicalType column_type(size_t index) const {
        return LogicalType(duckdb_column_logical_type(result_.get(), index));
    }
    uint64_t rows_changed() const { return duckdb_rows_changed(result_.get()); }
    // nullopt: there are no more.
    std::optional<Chunk> next() const;

private:
    std::unique_ptr<duckdb_result> result_;
};

using TextRow = std::vector<std::optional<std::string>>;

class Connection {
public:
    explicit Connection(std::shared_ptr<Database> database);

    // The whole result is there when it returns.
    Result query(const std::string& sql) const;
    // Rows are computed as next() asks for them, a few at a time: for results of any size. One statement that gives
    // rows.
    Result stream(const std::string& sql) const;
    // For statements whose result is only how many rows they changed.
    uint64_t run(const std::string& sql) const { return query(sql).rows_changed(); }
    // All rows; every column of `sql` must be VARCHAR or BLOB. For pintail's own small tables.
    std::vector<TextRow> texts(const std::string& sql) const;

    duckdb_connection get() const { return connection_.get(); }
    const std::shared_ptr<Database>& database() const { return database_; }

private:
    std::shared_ptr<Database> database_;  // outlives connection_
    Handle<duckdb_connection, duckdb_disconnect> connection_;
};

// A prepared statement. Parameters count from 1 and keep their values until bound again.
class Statement {
public:
    Statement(const Connection& connection, const std::string& sql);

    Statement& bind(size_t parameter, std::string_view text);
    Statement& bind(size_t parameter, int64_t value);
    Statement& bind(size_t parameter, uint64_t value);
    Statement& bind(size_t parameter, bool value);
    Statement& bind_null(size_t parameter);
    Statement& bind_blob(size_t parameter, std::string_view bytes);
    Statement& bind_timestamp_tz(size_t parameter, int64_t micros);

    Result execute() const;
    duckdb_prepared_statement get() const { return statement_.get(); }

private:
    Statement& check(duckdb_state state);

    std::string sql_;
    Handle<duckdb_prepared_statement, duckdb_destroy_prepare> statement_;
};

// Rows straight into one table of the open transaction. finish() must be called: without it nothing is promised.
class Appender {
public:
    Appender(const Connection& connection, const std::string& catalog, const std::string& schema,
             const std::string& table);
    ~Appender();
    Appender(const Appender&) = delete;
    Appender& operator=(const Appender&) = delete;

    size_t column_count() const { return duckdb_appender_column_count(appender_); }
    LogicalType column_type(size_t index) const { return LogicalType(duckdb_appender_column_type(appender_, index)); }
    void append(const Chunk& chunk);
    void flush();  // what was appended leaves the appender's own buffer
    void finish();

private:
    void check(duckdb_state state);

    std::string table_;
    duckdb_appender appender_ = nullptr;
};

// Rolls back unless commit() was reached. DuckDB answers COMMIT of an aborted transaction with success and stores
// nothing, so any Error inside the transaction must end in the destructor, never in commit().
class Transaction {
public:
    explicit Transaction(const Connection& connection, bool read_only = false);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    const Connection& connection_;
    bool open_ = true;
};

}  // namespace pintail::duck
