#include "postgres/replication_objects.hpp"

#include <fmt/format.h>

#include <thread>

namespace pintail::postgres {

bool drop_slot(Connection& connection, const std::string& slot, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto found = connection.exec("SELECT active FROM pg_replication_slots WHERE slot_name = $1", {slot});
        if (found.rows() == 0) return false;
        if (!found.flag(0, 0) || std::chrono::steady_clock::now() >= deadline) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    connection.exec("SELECT pg_drop_replication_slot($1)", {slot});
    return true;
}

bool drop_publication(Connection& connection, const std::string& publication) {
    if (connection.exec("SELECT FROM pg_publication WHERE pubname = $1", {publication}).rows() == 0) return false;
    connection.exec("DROP PUBLICATION " + quote_identifier(publication));
    return true;
}

}  // namespace pintail::postgres
