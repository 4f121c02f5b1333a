// Everything that the commands are told from outside, validated and typed.
//
// Plain values; who loads them is config/load.hpp. The meaning of each is in config/setting_spec.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/postgres_url.hpp"
#include "core/column_policy.hpp"
#include "core/lsn.hpp"
#include "core/table_mode.hpp"

namespace pintail::config {

enum class OnError { quarantine, stop };
enum class OnDropColumn { keep, drop };
enum class OnTypeChange { cast, new_column, quarantine };
enum class DecimalHandling { automatic, precise, string, floating };
enum class LogLevel { trace, debug, info, warn, error };

// until: what exists at start (`current` and `end` are told apart by the source), or an LSN.
enum class UntilMark { current, end };
using Until = std::variant<UntilMark, Lsn>;

// How much log the server may keep for a slot, and what then.
enum class WalAction { warn, stop, drop_slot };
struct WalBudget {
    size_t bytes = 0;
    WalAction action = WalAction::warn;
};

// What becomes of values that the columns' own types cannot hold.
struct ColumnRule {
    std::string pattern;  // of schema.table.column
    ColumnPolicy policy = ColumnPolicy::exact;
};

// Tables whose name matches are kept so, whatever `mode` says.
struct TableModeRule {
    std::string pattern;  // schema.table, * matches any characters
    TableMode mode = TableMode::mirror;
};

struct BatchSettings {
    size_t rows = 0;
    size_t bytes = 0;
    std::chrono::milliseconds age{0};
};

// Postgres as Kafka Connect reaches it; empty where only the worker's own environment knows.
struct ConnectSource {
    std::string host;
    std::string port;
};

struct Settings {
    std::string source;  // with its password: for libpq only, print redact(source); empty: unknown
    PostgresParts postgres;
    std::vector<std::string> brokers;
    std::string topic_prefix;
    std::vector<std::string> topics;
    std::string target;
    std::string group;
    std::string connect_url;  // without a trailing /
    ConnectSource connect_source;
    std::string connect_secrets_file;  // a path of the worker's machine; empty: its environment
    std::vector<std::string> tables;
    std::vector<std::string> exclude;
    std::vector<ColumnRule> columns;
    TableMode mode = TableMode::mirror;
    std::vector<TableModeRule> table_modes;
    std::optional<Until> until;
    OnError on_error = OnError::quarantine;
    OnDropColumn on_drop_column = OnDropColumn::keep;
    std::optional<OnTypeChange> on_type_change;  // nullopt: as fits the path
    BatchSettings batch;
    size_t memory_limit_bytes = 0;  // 0: the default
    size_t spool_limit_bytes = 0;
    std::optional<WalBudget> max_wal;
    bool infer = false;
    DecimalHandling decimal_handling = DecimalHandling::automatic;
    LogLevel log_level = LogLevel::info;
};

}  // namespace pintail::config
