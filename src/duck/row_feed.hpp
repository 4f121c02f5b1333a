// Columns of ours as a table function of DuckDB: prepared statements (DELETE … USING, INSERT … SELECT, UPDATE … FROM)
// read them where they lie. No temporary table, no appender, no parameter to bind, and no statement planned per batch.
//
// The function is named in the whole database and stays there until that is closed, even when the feed is gone; then it
// gives no rows. Only the connection that it was made for may call it. Made and shown on that connection's thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "duck/chunk_fill.hpp"
#include "duck/connection.hpp"

namespace pintail::duck {

class RowFeed {
public:
    // Columns c1, c2, … of these types. Error (destination) when DuckDB refuses the function.
    RowFeed(const Connection& connection, std::vector<ColumnType> types);
    ~RowFeed();
    RowFeed(const RowFeed&) = delete;
    RowFeed& operator=(const RowFeed&) = delete;

    const std::string& function() const { return name_; }

    // What the function gives from here on: `rows` rows, one source per column (a null one: NULL in all rows), which
    // must stay until the next call.
    void show(std::vector<ColumnSource> sources, size_t rows);
    void show_nothing() { show({}, 0); }

private:
    struct Shown;

    std::string name_;
    std::shared_ptr<Shown> shown_;
};

}  // namespace pintail::duck
