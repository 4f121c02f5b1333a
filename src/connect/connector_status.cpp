#include "connect/connector_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>

#include "config/postgres_url.hpp"

namespace pintail::connect {
namespace {

struct Cause {
    const char* pattern;  // ECMAScript, searched in the whole trace, case ignored; the first that is found counts
    const char* advice;
};

constexpr std::array kCauses = {
    Cause{R"(\$\{(env|file):)",
          "the Connect worker does not know a secret or address that the connector refers to: give its process "
          "POSTGRES_HOST, "
          "POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB and config.providers=env, or generate with "
          "--secrets inline"},
    Cause{
        "exactly.once",
        "the Connect worker has no exactly-once support: set exactly.once.source.support=enabled in its properties, or "
        "\"exactly.once.support\": \"requested\" in the overrides (then at least once)"},
    Cause{"password authentication failed|no password was provided",
          "check POSTGRES_USER and POSTGRES_PASSWORD in .credentials and what the Connect worker was started with"},
    Cause{"no pg_hba.conf entry", "add a line for this user, database and address to the server's pg_hba.conf"},
    Cause{"database \"[^\"]*\" does not exist", "create the database or correct POSTGRES_DB in .credentials"},
    Cause{"replication slot \"[^\"]*\" is active",
          "another connector or program reads that slot: stop it, or generate with another name; "
          "SELECT active_pid FROM pg_replication_slots tells its process"},
    Cause{"all replication slots are in use|max_replication_slots",
          "raise max_replication_slots, or drop slots that nobody reads (pg_drop_replication_slot)"},
    Cause{"number of requested standby connections|max_wal_senders", "raise max_wal_senders at the source"},
    Cause{"wal_level|logical decoding requires",
          "at the source: ALTER SYSTEM SET wal_level = 'logical'; then restart the server"},
    Cause{"must be (a )?superuser or replication role|permission denied to (use|create) replication|permission to use "
          "replication",
          "at the source: ALTER ROLE … REPLICATION"},
    Cause{"no longer available on the server",
          "the slot is gone or was made anew, but Connect remembers an older position: pintail connectors delete (it "
          "forgets the "
          "offsets too), then register: the tables are copied again"},
    Cause{"can no longer get changes from replication slot|has been invalidated|requested WAL segment",
          "the server has removed log that the slot still needed (max_slot_wal_keep_size): pintail connectors delete "
          "--drop-slot, then register: the tables are copied again"},
    Cause{"publication \"[^\"]*\" does not exist",
          "it was dropped at the source: restart the connector, it makes it again"},
    Cause{
        "must be owner of (table|publication)|permission denied for database",
        "only their owner may publish tables: make the publication as the owner, or GRANT its role to the connector's"},
    Cause{"permission denied for (table|schema|relation)",
          "at the source: GRANT USAGE ON SCHEMA and SELECT ON the tables to the connector's role"},
    Cause{"relation \"[^\"]*\" does not exist",
          "a table is gone or was renamed: correct connector_config.json, then register"},
    Cause{"No table filters found for filtered publication|No tables? (were )?found",
          "none of the connector's tables exists: correct connector_config.json, then register"},
    Cause{"UnknownHostException|connection attempt failed|connection to .* refused|Connection refused",
          "the Connect worker does not reach Postgres: its host and port must be as the worker sees them "
          "(CONNECT_POSTGRES_HOST, CONNECT_POSTGRES_PORT)"},
    Cause{"RecordTooLargeException",
          "a row is bigger than producer.override.max.request.size, the topic's max.message.bytes or the broker's "
          "message.max.bytes: raise them"},
    Cause{"Failed to find any class that implements Connector|No suitable.*Connector|could not find connector class",
          "Debezium is not in the worker's plugin.path"},
    Cause{"connector.client.config.override.policy|client config override",
          "the worker forbids producer settings: set connector.client.config.override.policy=All"},
    Cause{"replication factor", "fewer brokers than topic.creation.default.replication.factor"},
};

// The lines that carry messages: the first, and every "Caused by:".
std::vector<std::string> telling_lines(const std::string& trace) {
    std::vector<std::string> lines;
    size_t begin = 0;
    while (begin <= trace.size()) {
        const auto end = std::min(trace.find('\n', begin), trace.size());
        auto line = trace.substr(begin, end - begin);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        const bool frame = line.starts_with("\tat ") || line.starts_with("\t...") || line.starts_with("   at ");
        if (!line.empty() && !frame) lines.push_back(line);
        begin = end + 1;
    }
    return lines;
}

// Debezium prints whole objects between the two ends that tell.
std::string shortened(const std::string& line) {
    constexpr size_t kEnd = 180;
    if (line.size() <= 2 * kEnd + 5) return line;
    return line.substr(0, kEnd) + " … " + line.substr(line.size() - kEnd);
}

// Wrappers say little, the innermost cause most: the first line and the last ones.
std::string summary(const std::string& trace) {
    auto lines = telling_lines(trace);
    constexpr size_t kMost = 4;
    if (lines.size() > kMost) lines.erase(lines.begin() + 1, lines.end() - (kMost - 1));
    for (auto& line : lines) line = shortened(config::redact(line));
    return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace

bool ConnectorStatus::running() const {
    return state == "RUNNING" && !tasks.empty() &&
           std::all_of(tasks.begin(), tasks.end(), [](const TaskStatus& task) { return task.state == "RUNNING"; });
}

bool ConnectorStatus::failed() const {
    return state == "FAILED" ||
           std::any_of(tasks.begin(), tasks.end(), [](const TaskStatus& task) { return task.state == "FAILED"; });
}

Diagnosis diagnose(const std::string& trace) {
    // Not the frames: method names would match.
    const auto text = fmt::format("{}", fmt::join(telling_lines(trace), "\n"));
    for (const auto& cause : kCauses)
        if (std::regex_search(text, std::regex(cause.pattern, std::regex::icase)))
            return {summary(trace), cause.advice};
    return {summary(trace), ""};
}

std::string to_string(const Diagnosis& diagnosis) {
    return diagnosis.advice.empty() ? diagnosis.what : fmt::format("{}\n→ {}", diagnosis.what, diagnosis.advice);
}

std::vector<Diagnosis> diagnose_failures(const ConnectorStatus& status) {
    std::vector<Diagnosis> all;
    if (status.state == "FAILED") all.push_back(diagnose(status.trace));
    for (const auto& task : status.tasks)
        if (task.state == "FAILED") all.push_back(diagnose(task.trace));
    return all;
}

}  // namespace pintail::connect
