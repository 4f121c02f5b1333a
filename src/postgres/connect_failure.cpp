#include "postgres/connect_failure.hpp"

#include <fmt/format.h>
#include "postgres/sqlstate.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace pintail::postgres {
namespace {

bool is_sqlstate(std::string_view text) {
    return text.size() == 5 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) || std::isupper(c); });
}

// VERBOSE puts it between the severity and the message: "FATAL:  28P01: password authentication failed …".
// The severity may be translated, so any five upper-case characters between two colons count.
std::string find_sqlstate(std::string_view message) {
    for (size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
        const auto code = message.substr(at + 3, 5);
        if (is_sqlstate(code) && message.substr(at + 8, 1) == ":") return std::string(code);
    }
    return {};
}

// The last non-empty line says what failed; VERBOSE appends a LOCATION line of no use to users.
std::string essence(std::string_view message, std::string_view sqlstate) {
    if (const auto location = message.find("\nLOCATION:"); location != std::string_view::npos)
        message = message.substr(0, location);
    if (!sqlstate.empty()) message = message.substr(message.find(sqlstate) + 7);
    while (!message.empty() && std::isspace(static_cast<unsigned char>(message.back()))) message.remove_suffix(1);
    std::string line(message);
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::erase(line, '\t');
    return line;
}

struct Advice {
    std::string_view pattern;
    std::string_view text;
};

constexpr std::array kByState = {
    Advice{sqlstate::kInvalidPassword,
           "check POSTGRES_USER and POSTGRES_PASSWORD in .credentials (or the password in the source URL)"},
    Advice{sqlstate::kInvalidAuthorization,
           "the server's pg_hba.conf admits no such connection: add a line for this user, database and address, or "
           "connect with TLS (sslmode=require)"},
    Advice{sqlstate::kInvalidCatalogName,
           "create the database or correct POSTGRES_DB in .credentials (or the source URL's last part)"},
    Advice{sqlstate::kTooManyConnections,
           "all connection slots are taken: raise max_connections and restart the server, or end idle sessions"},
    Advice{sqlstate::kCannotConnectNow, "the server is starting up or shutting down: try again in a moment"},
    Advice{sqlstate::kInsufficientPrivilege,
           "the role lacks the right to do this: ALTER ROLE … REPLICATION, or GRANT CONNECT ON DATABASE"},
};

constexpr std::array kByText = {
    Advice{"max_wal_senders",
           "all walsenders are busy: raise max_wal_senders and restart the server, or end a reader that is not needed "
           "(SELECT pid, application_name FROM pg_stat_replication)"},
    Advice{"no password supplied", "set POSTGRES_PASSWORD in .credentials"},
    Advice{"Connection refused", "is the server running and listening there? Check POSTGRES_HOST and POSTGRES_PORT"},
    Advice{"could not translate host name", "check the host name in the source URL or POSTGRES_HOST"},
    Advice{"No such file or directory", "no server listens on that socket: is it running?"},
    Advice{"server does not support SSL",
           "switch TLS on at the server, or ask for less with sslmode=prefer in the source URL"},
    Advice{"certificate verify failed",
           "the server's certificate is not trusted: give sslrootcert=… in the source URL"},
    Advice{"root certificate file", "give sslrootcert=… in the source URL, or ask for less with sslmode=require"},
    Advice{"does not match host name", "the certificate is for another name: use that name, or sslmode=verify-ca"},
    Advice{"timeout expired", "nothing answered: check the address, firewalls, and that the server runs"},
};

std::string_view advice(std::string_view sqlstate, std::string_view message) {
    for (const auto& known : kByText)
        if (message.find(known.pattern) != std::string_view::npos) return known.text;
    for (const auto& known : kByState)
        if (sqlstate == known.pattern) return known.text;
    return "check the source URL and that the server runs";
}

// Errors of libpq's own that carry no code and will not mend themselves: TLS, missing passwords, bad options.
bool stays(std::string_view message) {
    constexpr std::array kWords = {"SSL", "certificate", "no password supplied", "invalid "};
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](const char* word) { return message.find(word) != std::string_view::npos; });
}

}  // namespace

bool is_transient(std::string_view sqlstate) {
    constexpr std::array kStates = {sqlstate::kAdminShutdown,    sqlstate::kCrashShutdown,
                                    sqlstate::kCannotConnectNow, sqlstate::kTooManyConnections,
                                    sqlstate::kObjectInUse,      sqlstate::kSerializationFailure,
                                    sqlstate::kDeadlockDetected};
    return sqlstate.empty() || sqlstate.starts_with("08") ||
           std::find(kStates.begin(), kStates.end(), sqlstate) != kStates.end();
}

ConnectError connect_failure(const std::string& message, const std::string& address) {
    const auto sqlstate = find_sqlstate(message);
    const auto text = fmt::format("cannot connect to Postgres at {}: {}; {}", address, essence(message, sqlstate),
                                  advice(sqlstate, message));
    const bool transient = is_transient(sqlstate) && !stays(message);
    const bool access =
        sqlstate.empty() ? !transient : sqlstate.starts_with("28") || sqlstate == sqlstate::kInsufficientPrivilege;
    return ConnectError(text, sqlstate, transient, access);
}

// A password that stands in the URL or the environment was read once.
std::optional<std::string> shut_out(const Error& problem) {
    const auto* refused = dynamic_cast<const ConnectError*>(&problem);
    if (refused == nullptr || !refused->access()) return std::nullopt;
    const bool password = refused->sqlstate() == sqlstate::kInvalidPassword ||
                          std::string_view(refused->what()).find("no password supplied") != std::string_view::npos;
    if (!password) return refused->what();
    return fmt::format(
        "{}. This run keeps the password that it was started with: give the role that one again, or restart pintail "
        "with the new one; only what ~/.pgpass says is read anew at each try",
        refused->what());
}

}  // namespace pintail::postgres
