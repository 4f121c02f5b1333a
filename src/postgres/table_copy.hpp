// COPY … TO STDOUT (FORMAT binary) of a query: the server's messages, one after the other. One thread.
#pragma once

#include <string>
#include <string_view>

#include "postgres/connection.hpp"

namespace pintail::postgres {

class TableCopy {
public:
    // `query`: what stands between COPY ( and ). The connection is busy until the copy has ended or is destroyed.
    TableCopy(Connection& connection, const std::string& query);
    ~TableCopy();
    TableCopy(const TableCopy&) = delete;
    TableCopy& operator=(const TableCopy&) = delete;

    // The next message; empty: all has been sent. Valid until the next call. Waits for the server.
    std::string_view receive();

private:
    void abandon();

    Connection& connection_;
    char* message_ = nullptr;
    bool ended_ = false;
};

}  // namespace pintail::postgres
