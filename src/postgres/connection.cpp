#include "postgres/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <map>

#include "postgres/connect_failure.hpp"
#include "postgres/sessions.hpp"

namespace pintail::postgres {
namespace {

// How values are written must not depend on the server's, database's or role's settings. jit: the server would compile
// the question for the catalog, which is estimated dear and is over in milliseconds, for seconds at every look.
// synchronous_commit: a publication is altered between two messages of the stream, which would stand still for as long
// as a synchronous standby is away. Timeouts: a session rests while a copy or a slot is made, and a copy takes its
// time.
constexpr const char* kPinnedSettings =
    "SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET extra_float_digits = 3; "
    "SET bytea_output = 'hex'; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; "
    "SET search_path = ''; SET row_security = off; SET statement_timeout = 0; SET lock_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0; SET idle_session_timeout = 0; SET jit = off; "
    "SET synchronous_commit = local; SET quote_all_identifiers = off; SET default_transaction_read_only = off";
constexpr int kHasTransactionTimeout = 170000;

using Settings = std::map<std::string, std::string>;

[[noreturn]] void refuse_url(const std::string& why) {
    throw Error(ErrorKind::config, "the source URL is malformed: " + why +
                                       "; it reads postgres://user:password@host:port/database, with characters like "
                                       "@ : / ? # % in user or password percent-encoded (@ is %40)");
}

// An unencoded "/", "?" or "@" in the password ends it early: its tail would stand in the host, port or database, and
// be printed from there.
void refuse_misplaced_parts(const std::string& url, const Settings& settings) {
    const auto get = [&](const char* key) {
        const auto found = settings.find(key);
        return found == settings.end() ? std::string() : found->second;
    };
    if (get("host").find('@', 1) != std::string::npos) refuse_url("there is an @ in its host part");
    const auto port = get("port");
    if (port.find_first_not_of("0123456789,") != std::string::npos) refuse_url("its port is no number");
    const auto scheme = url.find("://");
    if (scheme == std::string::npos || scheme > url.find('=')) return;
    const auto before_query = url.substr(0, url.find('?'));
    const auto slash = before_query.find('/', scheme + 3);
    if (slash != std::string::npos && before_query.find('@', slash) != std::string::npos)
        refuse_url("there is an @ behind its first /");
}

// libpq's own complaint may quote a piece of the password, so it is not passed on.
Settings parse_url(const std::string& url) {
    char* complaint = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), &complaint),
                                                                              PQconninfoFree);
    PQfreemem(complaint);
    if (!parsed) refuse_url("libpq cannot parse it");
    Settings settings;
    for (const auto* option = parsed.get(); option->keyword; ++option)
        if (option->val) settings[option->keyword] = option->val;
    refuse_misplaced_parts(url, settings);
    return settings;
}

std::string describe(const Settings& settings) {
    const auto get = [&](const char* key, const char* otherwise) {
        const auto found = settings.find(key);
        return found == settings.end() || found->second.empty() ? std::string(otherwise) : found->second;
    };
    return fmt::format("{}:{}/{}", get("host", get("hostaddr", "local socket").c_str()), get("port", "5432"),
                       get("dbname", ""));
}

// What a URL does not say: dead peers are noticed within a minute instead of the kernel's two hours.
constexpr std::array<std::pair<const char*, const char*>, 6> kDefaults = {{{"fallback_application_name", "pintail"},
                                                                           {"keepalives", "1"},
                                                                           {"keepalives_idle", "30"},
                                                                           {"keepalives_interval", "10"},
                                                                           {"keepalives_count", "3"},
                                                                           {"client_encoding", "UTF8"}}};

pg_conn* begin_connect(const Settings& settings, bool replication) {
    std::vector<const char*> keys;
    std::vector<const char*> values;
    const auto add = [&](const char* key, const char* value) {
        keys.push_back(key);
        values.push_back(value);
    };
    for (const auto& [key, value] : kDefaults)
        if (!settings.contains(key)) add(key, value);
    for (const auto& [key, value] : settings) add(key.c_str(), value.c_str());
    if (replication) add("replication", "database");
    add(nullptr, nullptr);
    return PQconnectStartParams(keys.data(), values.data(), 0);
}

void wait_for(int socket, PostgresPollingStatusType status, std::chrono::steady_clock::time_point deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{socket, static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    poll(&ready, 1, static_cast<int>(std::max<int64_t>(0, left.count())));
}

// Step by step instead of PQconnectdbParams(): only so can the verbosity be set before the server speaks, which is
// what makes its answer carry an SQLSTATE (messages may come in any language).
void finish_connect(pg_conn* connection, std::chrono::seconds timeout, const std::string& address) {
    if (!connection) throw std::bad_alloc();
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    auto status = PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
        if (std::chrono::steady_clock::now() >= deadline) throw connect_failure("timeout expired", address);
        wait_for(PQsocket(connection), status, deadline);
        status = PQconnectPoll(connection);
    }
    if (status != PGRES_POLLING_OK) throw connect_failure(PQerrorMessage(connection), address);
}

std::chrono::seconds timeout_of(const Settings& settings, std::chrono::seconds otherwise) {
    const auto found = settings.find("connect_timeout");
    if (found == settings.end()) return otherwise;
    const int seconds = std::atoi(found->second.c_str());
    return seconds > 0 ? std::chrono::seconds(seconds) : otherwise;
}

std::string field(const pg_result* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text ? text : "";
}

SqlError statement_failure(pg_conn* connection, const pg_result* result) {
    const auto sqlstate = field(result, PG_DIAG_SQLSTATE);
    auto message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    if (message.empty()) message = PQerrorMessage(connection);
    while (!message.empty() && message.back() == '\n') message.pop_back();
    if (const auto hint = field(result, PG_DIAG_MESSAGE_HINT); !hint.empty()) message += " (" + hint + ")";
    return SqlError(fmt::format("Postgres: {}{}", message, sqlstate.empty() ? "" : " [" + sqlstate + "]"), sqlstate,
                    is_transient(sqlstate));
}

std::string quoted(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    return out + quote;
}

}  // namespace

void Connection::Finish::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

Connection::Connection(const std::string& url, const ConnectOptions& options) {
    const auto settings = parse_url(url);
    connection_.reset(begin_connect(settings, options.replication));
    // The server's notices ("… does not exist, skipping") are not for pintail's stderr; errors come as results.
    if (connection_)
        PQsetNoticeProcessor(
            connection_.get(), [](void*, const char*) {}, nullptr);
    finish_connect(connection_.get(), timeout_of(settings, options.timeout), describe(settings));
    PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    const bool has_timeout = server_version() >= kHasTransactionTimeout;
    exec(std::string(kPinnedSettings) + (has_timeout ? "; SET transaction_timeout = 0" : ""));
    if (options.sessions) entered_ = Sessions::enter(options.sessions, *this);
}

Result Connection::exec(const std::string& sql) {
    return checked(connection_.get(), PQexec(connection_.get(), sql.c_str()));
}

Result Connection::exec(const std::string& sql, const Parameters& parameters) {
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
    const int count = static_cast<int>(values.size());
    return checked(connection_.get(),
                   PQexecParams(connection_.get(), sql.c_str(), count, nullptr, values.data(), nullptr, nullptr, 0));
}

void Connection::ask_for_raw_texts(bool raw) {
    const char* encoding = PQparameterStatus(connection_.get(), "server_encoding");
    if (!encoding || std::string_view(encoding) != "SQL_ASCII") return;
    exec(fmt::format("SET client_encoding = '{}'", raw ? "SQL_ASCII" : "UTF8"));
}

int Connection::server_pid() const {
    return PQbackendPID(connection_.get());
}

int Connection::server_version() const {
    return PQserverVersion(connection_.get());
}

std::string Connection::address() const {
    return fmt::format("{}:{}/{}", PQhost(connection_.get()), PQport(connection_.get()), PQdb(connection_.get()));
}

void Interrupter::Free::operator()(pg_cancel* cancel) const {
    PQfreeCancel(cancel);
}

Interrupter::Interrupter(const Connection& connection) : cancel_(PQgetCancel(connection.native())) {}

void Interrupter::interrupt() const noexcept {
    std::array<char, 256> problem{};
    if (cancel_) PQcancel(cancel_.get(), problem.data(), static_cast<int>(problem.size()));
}

std::string quote_identifier(std::string_view name) {
    return quoted(name, '"');
}

std::string quote_literal(std::string_view text) {
    return quoted(text, '\'');
}

Result checked(pg_conn* connection, pg_result* result) {
    Result owned(result);
    const auto status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_NONFATAL_ERROR)
        throw statement_failure(connection, result);
    return owned;
}

}  // namespace pintail::postgres
