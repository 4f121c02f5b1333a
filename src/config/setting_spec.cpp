#include "config/setting_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace pintail::config {
namespace {

using enum ValueKind;

constexpr std::array kSettings = {
    SettingSpec{.key = "source",
                .kind = source_url,
                .help = "The Postgres database, postgres://user:password@host:port/database. Default: built from the "
                        "postgres.* settings once user and database are known. Its password belongs in .credentials."},
    SettingSpec{
        .key = "postgres.host", .dotenv = "POSTGRES_HOST", .fallback = "127.0.0.1", .help = "Where Postgres listens."},
    SettingSpec{
        .key = "postgres.port", .dotenv = "POSTGRES_PORT", .fallback = "5432", .kind = port, .help = "Its port."},
    SettingSpec{
        .key = "postgres.user", .dotenv = "POSTGRES_USER", .in_credentials = true, .help = "The role to connect as."},
    SettingSpec{.key = "postgres.password",
                .dotenv = "POSTGRES_PASSWORD",
                .in_credentials = true,
                .secret = true,
                .help = "Its password."},
    SettingSpec{
        .key = "postgres.database", .dotenv = "POSTGRES_DB", .in_credentials = true, .help = "The database to read."},
    SettingSpec{.key = "kafka.port",
                .dotenv = "KAFKA_EXTERNAL_PORT",
                .fallback = "29092",
                .kind = port,
                .help = "The broker's port on this machine."},
    SettingSpec{.key = "brokers", .kind = list, .help = "Kafka brokers, host:port. Default: localhost at kafka.port."},
    SettingSpec{.key = "topic_prefix",
                .dotenv = "TOPIC_PREFIX",
                .fallback = "dbserver1",
                .help = "Debezium's topic.prefix: topics are named prefix.schema.table."},
    SettingSpec{.key = "topics",
                .kind = list,
                .help = "Topics to read, as patterns (* matches any characters). Default: <topic_prefix>.*.*"},
    SettingSpec{.key = "target",
                .dotenv = "DUCKDB_PATH",
                .fallback = "cdc_pipeline.duckdb",
                .help = "The DuckDB file that is kept equal to the source."},
    SettingSpec{.key = "group",
                .help = "Kafka consumer group, for the eyes of lag monitors (positions live in the target). Default: "
                        "pintail-<name of the target>."},
    SettingSpec{.key = "connect.port",
                .dotenv = "KAFKA_CONNECT_PORT",
                .fallback = "8083",
                .kind = port,
                .help = "Kafka Connect's REST port on this machine."},
    SettingSpec{.key = "connect.url",
                .kind = http_url,
                .help = "Kafka Connect's REST address. Default: http://localhost at connect.port."},
    SettingSpec{.key = "connect.source_host",
                .dotenv = "CONNECT_POSTGRES_HOST",
                .help = "Postgres' host as Kafka Connect reaches it. Default: ${env:POSTGRES_HOST} of the Connect "
                        "worker with --secrets provider, else postgres.host."},
    SettingSpec{
        .key = "connect.source_port", .dotenv = "CONNECT_POSTGRES_PORT", .kind = port, .help = "Its port, likewise."},
    SettingSpec{.key = "connect.secrets_file",
                .dotenv = "CONNECT_SECRETS_FILE",
                .help = "The .credentials file as the Connect worker sees it: --secrets provider then refers to it by "
                        "${file:…} instead of ${env:…}."},
    SettingSpec{.key = "tables",
                .kind = list,
                .help = "Only these tables, as patterns (schema.table, * matches any characters), separated by commas; "
                        "a name with a comma "
                        "stands in double quotes. Default: all."},
    SettingSpec{
        .key = "exclude",
        .kind = list,
        .help = "Not these tables, as patterns. What the target has of them is kept and not followed any more."},
    SettingSpec{.key = "columns",
                .kind = rules,
                .choices = "exact|varchar|stop",
                .help = "What becomes of values that a column's own type cannot hold, such as NaN in a DECIMAL: "
                        "SCHEMA.TABLE.COLUMN=exact (the "
                        "default: beside it in COLUMN__exact), =varchar (the whole column is text) or =stop (an "
                        "error). Patterns; the longest "
                        "one counts."},
    SettingSpec{
        .key = "mode",
        .fallback = "mirror",
        .kind = choice,
        .choices = "mirror|soft-delete|history",
        .help = "What a target table is: equal to the source; the same with deleted rows marked; one row per version."},
    SettingSpec{.key = "table_mode",
                .kind = rules,
                .choices = "mirror|soft-delete|history",
                .help = "Tables that are kept in another mode than the others: SCHEMA.TABLE=history. Patterns; the "
                        "longest one counts. In pintail.toml also a table [modes]."},
    SettingSpec{.key = "until",
                .kind = until,
                .help = "A finite run: catch up to what exists at start (current, end) or to an LSN, then exit 0. "
                        "Default: run for ever."},
    SettingSpec{.key = "on_error",
                .fallback = "quarantine",
                .kind = choice,
                .choices = "quarantine|stop",
                .help = "A message that cannot be decoded: put it aside in pintail.quarantine and go on, or stop."},
    SettingSpec{.key = "on_drop_column",
                .fallback = "keep",
                .kind = choice,
                .choices = "keep|drop",
                .help = "A column that the source has dropped: keep it, NULL in new rows, or drop it from the target."},
    SettingSpec{.key = "on_type_change",
                .kind = choice,
                .choices = "cast|new-column|quarantine",
                .help = "A column whose new type the target's column does not widen to. cast: pintail run copies the "
                        "table again, pintail sink casts where every value comes back as it was. new-column: the old "
                        "one is kept as NAME_before. quarantine: the table is not followed any more, others go on. "
                        "Default: cast with pintail run, quarantine with pintail sink."},
    SettingSpec{.key = "batch.rows",
                .fallback = "245760",
                .kind = count,
                .help = "A batch ends at so many rows (two row groups of DuckDB, which go straight into the file) …"},
    SettingSpec{.key = "batch.bytes", .fallback = "64MiB", .kind = bytes, .help = "… or so many bytes …"},
    SettingSpec{.key = "batch.age",
                .fallback = "1s",
                .kind = duration,
                .help = "… or when its first row is so old, whichever comes first."},
    SettingSpec{
        .key = "memory_limit",
        .kind = memory,
        .help =
            "DuckDB's buffer memory (its memory_limit), 16MiB or more. Default: 128MiB, while it loads tables of more "
            "than 64 columns 64MiB + 1MiB for "
            "each column of the widest, and twice as much whenever that is not enough, up to 80 % of the "
            "machine's memory."},
    SettingSpec{.key = "spool_limit",
                .fallback = "64GiB",
                .kind = bytes,
                .help = "Disk for changes that cannot be applied yet: of running transactions, and of tables that are "
                        "being copied (TARGET.spool)."},
    SettingSpec{.key = "max_wal",
                .kind = wal_budget,
                .help = "How much log the server may keep for the slot, and what to do beyond it: SIZE, SIZE:warn, "
                        "SIZE:stop (end, keep the slot) or "
                        "SIZE:drop-slot (end, free the server; the tables must be copied anew). Default: no budget."},
    SettingSpec{.key = "infer",
                .fallback = "false",
                .kind = boolean,
                .help = "JSON without schemas and no source to ask: guess column types from the values."},
    SettingSpec{.key = "decimal_handling",
                .fallback = "auto",
                .kind = choice,
                .choices = "auto|precise|string|double",
                .help = "The connector's decimal.handling.mode. auto: precise where converter schemas are on, string "
                        "where they are off."},
    SettingSpec{.key = "log_level",
                .fallback = "info",
                .kind = choice,
                .choices = "trace|debug|info|warn|error",
                .help = "How much is logged."},
};

std::string cell(std::string_view text) {
    return text.empty() ? " " : fmt::format(" `{}` ", text);
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|' || c == '<' || c == '*') out += '\\';
        out += c;
    }
    return out;
}

std::string key_with_separator(std::string_view key, char separator) {
    std::string name(key);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '.' || c == '_'; }, separator);
    return name;
}

std::string markdown_row(const SettingSpec& spec) {
    std::string help = escaped(spec.help);
    if (!spec.choices.empty()) help += fmt::format(" One of {}.", fmt::join(choices_of(spec), ", "));
    if (spec.secret) help += " Secret.";
    std::string place(" ");
    if (!spec.dotenv.empty())
        place = fmt::format(" `{}` in {} ", spec.dotenv, spec.in_credentials ? ".credentials" : ".env");
    return fmt::format("| `{}` |{}|{}|{}|{}| {} |\n", spec.key, place, cell(environment_name(spec)),
                       spec.secret ? " " : cell(flag_name(spec)), cell(spec.fallback), help);
}

}  // namespace

std::span<const SettingSpec> setting_specs() {
    return kSettings;
}

const SettingSpec* find_setting(std::string_view key) {
    const auto found =
        std::find_if(kSettings.begin(), kSettings.end(), [&](const SettingSpec& spec) { return spec.key == key; });
    return found == kSettings.end() ? nullptr : &*found;
}

bool is_list(const SettingSpec& spec) {
    return spec.kind == list || spec.kind == rules;
}

std::string environment_name(const SettingSpec& spec) {
    auto name = "PINTAIL_" + key_with_separator(spec.key, '_');
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return name;
}

std::string flag_name(const SettingSpec& spec) {
    return "--" + key_with_separator(spec.key, '-');
}

std::vector<std::string> choices_of(const SettingSpec& spec) {
    std::vector<std::string> choices;
    std::string_view rest = spec.choices;
    while (!rest.empty()) {
        const auto end = rest.find('|');
        choices.emplace_back(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return choices;
}

std::string expectation(const SettingSpec& spec) {
    switch (spec.kind) {
        case text: return "a text";
        case list: return "a list, separated by commas";
        case rules:
            return fmt::format("a list of PATTERN=CHOICE, the choice one of {}", fmt::join(choices_of(spec), ", "));
        case choice: return fmt::format("one of {}", fmt::join(choices_of(spec), ", "));
        case port: return "a port number from 1 to 65535";
        case count: return "a whole number of 1 or more";
        case bytes: return "a size such as 64MiB, 1GB or 1048576";
        case memory: return "a size of 16MiB or more, such as 256MiB or 2GB (a number alone counts bytes)";
        case duration: return "a duration such as 250ms, 1s or 2m";
        case boolean: return "true or false";
        case http_url: return "an address http://host:port";
        case wal_budget: return "a size, alone or with :warn, :stop or :drop-slot, such as 50GB or 50GB:stop";
        case until: return "current, end or an LSN such as 16/B374D848";
        case source_url: return "postgres://user:password@host:port/database";
    }
    return {};
}

std::string settings_table_markdown() {
    std::string table =
        "| Key | File | Environment | Flag | Default | Meaning |\n"
        "|---|---|---|---|---|---|\n";
    for (const auto& spec : kSettings) table += markdown_row(spec);
    return table;
}

}  // namespace pintail::config
