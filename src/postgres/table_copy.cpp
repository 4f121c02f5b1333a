#include "postgres/table_copy.hpp"

#include <libpq-fe.h>

#include <utility>

namespace pintail::postgres {

TableCopy::TableCopy(Connection& connection, const std::string& query) : connection_(connection) {
    connection_.ask_for_raw_texts(true);
    connection_.exec("COPY (" + query + ") TO STDOUT (FORMAT binary)");
}

TableCopy::~TableCopy() {
    PQfreemem(message_);
    if (!ended_) abandon();
}

// An abandoned copy leaves the session unusable in mid-transfer: it is cancelled and drained.
void TableCopy::abandon() {
    pg_conn* native = connection_.native();
    if (PGcancel* cancel = PQgetCancel(native)) {
        char reason[256];
        PQcancel(cancel, reason, sizeof(reason));
        PQfreeCancel(cancel);
    }
    char* rest = nullptr;
    while (PQgetCopyData(native, &rest, 0) > 0) PQfreemem(rest);
    while (PGresult* result = PQgetResult(native)) PQclear(result);
}

std::string_view TableCopy::receive() {
    PQfreemem(std::exchange(message_, nullptr));
    pg_conn* native = connection_.native();
    const int size = PQgetCopyData(native, &message_, 0);
    if (size > 0) return {message_, static_cast<size_t>(size)};
    ended_ = true;
    checked(native, PQgetResult(native));
    while (PGresult* result = PQgetResult(native)) PQclear(result);
    connection_.ask_for_raw_texts(false);  // what else this session asks for are names, which have to be UTF-8
    return {};
}

}  // namespace pintail::postgres
