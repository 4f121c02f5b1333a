#include "config/interpret.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "config/value.hpp"

namespace pintail::config {
namespace {

// Reads one key after the other and remembers what did not fit.
class Interpreter {
public:
    Interpreter(const RawSettings& raw, std::vector<Problem>& problems) : raw_(raw), problems_(problems) {}

    std::string text(std::string_view key) const {
        const auto* value = raw_.find(key);
        return value ? value->text() : std::string();
    }

    std::vector<std::string> list(std::string_view key) const {
        const auto* value = raw_.find(key);
        return value ? value->items : std::vector<std::string>();
    }

    std::vector<std::string> patterns(std::string_view key) {
        std::vector<std::string> patterns;
        for (const std::string& item : list(key)) {
            if (const auto pattern = parse_pattern(item)) patterns.push_back(*pattern);
            else
                problems_.push_back(
                    {raw_.find(key)->origin.place,
                     fmt::format("{}: in {} a double quote is not closed (one that belongs to a name is "
                                 "written twice, in quotes)",
                                 key, item)});
        }
        return patterns;
    }

    // Each host or host:port. librdkafka takes any number for a port, and then asks another one.
    std::vector<std::string> brokers(std::string_view key) {
        const auto* value = raw_.find(key);
        if (!value || value->origin.layer == Layer::derived) return list(key);
        for (const std::string& item : value->items) {
            const size_t colon = item.rfind(':');
            const bool has_port = colon != std::string::npos && item.find(']', colon) == std::string::npos;
            if (has_port && !parse_port(std::string_view(item).substr(colon + 1)))
                problems_.push_back(
                    {value->origin.place,
                     fmt::format("{}: \"{}\" must be host:port, with a port number from 1 to 65535", key, item)});
        }
        return value->items;
    }

    template <typename Rule>
    std::vector<Rule> rules(std::string_view key,
                            std::optional<std::vector<Rule>> (*parse)(const std::vector<std::string>&)) {
        const auto* value = raw_.find(key);
        if (!value) return {};
        auto parsed = parse(value->items);
        if (!parsed) complain(key, *value);
        return parsed.value_or(std::vector<Rule>());
    }

    // nullopt when unset or when it does not fit (then a problem is noted).
    template <typename Parse>
    auto parsed(std::string_view key, Parse parse) -> decltype(parse(std::string_view())) {
        const auto* value = raw_.find(key);
        if (!value) return std::nullopt;
        auto result = parse(value->text());
        if (!result) complain(key, *value);
        return result;
    }

    // Choices are enumerators in the order of SettingSpec::choices.
    template <typename Enum>
    Enum choice(std::string_view key) {
        return choice_if_any<Enum>(key).value_or(static_cast<Enum>(0));
    }

    template <typename Enum>
    std::optional<Enum> choice_if_any(std::string_view key) {
        const auto index = parsed(key, [&](std::string_view word) { return index_of(key, word); });
        return index ? std::optional(static_cast<Enum>(*index)) : std::nullopt;
    }

private:
    static std::optional<int> index_of(std::string_view key, std::string_view word) {
        const auto choices = choices_of(*find_setting(key));
        for (size_t i = 0; i < choices.size(); ++i)
            if (choices[i] == word) return static_cast<int>(i);
        return std::nullopt;
    }

    void complain(std::string_view key, const RawValue& value) {
        if (value.origin.layer == Layer::derived) return;  // what it was derived from has its own complaint
        const auto& spec = *find_setting(key);
        const auto shown = spec.secret ? std::string("******") : redact_setting(value.text());
        problems_.push_back(
            {value.origin.place, fmt::format("{} is \"{}\" but must be {}", key, shown, expectation(spec))});
    }

    const RawSettings& raw_;
    std::vector<Problem>& problems_;
};

std::string text_of(const RawSettings& raw, std::string_view key) {
    const auto* value = raw.find(key);
    return value ? value->text() : std::string();
}

void derive(RawSettings& raw, std::string_view key, const std::string& value, std::string_view from) {
    raw.put(*find_setting(key), {{value}, {Layer::derived, fmt::format("derived from {}", from)}});
}

PostgresParts parts_of(const RawSettings& raw) {
    return {text_of(raw, "postgres.host"), text_of(raw, "postgres.port"), text_of(raw, "postgres.user"),
            text_of(raw, "postgres.password"), text_of(raw, "postgres.database")};
}

// A port that is typed beats an address that stands in a file: the flag is the later place.
void derive_connect_url(RawSettings& raw) {
    const auto* port = raw.find("connect.port");
    const auto* url = raw.find("connect.url");
    const bool typed = port && port->origin.layer == Layer::flag && url && url->origin.layer < Layer::flag;
    if (typed && parse_port(port->text())) {
        raw.put(*find_setting("connect.url"),
                {{"http://localhost:" + port->text()}, {Layer::flag, "derived from --connect-port"}});
    }
    derive(raw, "connect.url", "http://localhost:" + text_of(raw, "connect.port"), "connect.port");
}

void derive_source(RawSettings& raw) {
    const auto parts = parts_of(raw);
    if (!parts.user.empty() && !parts.database.empty()) derive(raw, "source", build_postgres_url(parts), "postgres.*");
}

// A source URL without password is completed from .credentials, when it is for that user.
std::string with_password(const std::string& url, const PostgresParts& credentials) {
    const auto parts = parse_postgres_url(url);
    if (!parts || !parts->password.empty() || credentials.password.empty() || has_password(url)) return url;
    if (!parts->user.empty() && parts->user != credentials.user) return url;
    const auto authority = url.find("://") + 3;
    const auto at = url.find('@', authority);
    const bool has_user = !parts->user.empty() && at != std::string::npos;
    const auto login =
        percent_encode(has_user ? parts->user : credentials.user) + ":" + percent_encode(credentials.password) + "@";
    return url.substr(0, authority) + login + url.substr(has_user ? at + 1 : authority);
}

// A source URL speaks for its own parts; only what it leaves out comes from postgres.*.
PostgresParts effective_parts(const std::string& source, PostgresParts parts) {
    const auto url = parse_postgres_url(source);
    if (!url) return parts;
    const auto take = [](std::string& into, const std::string& from) {
        if (!from.empty()) into = from;
    };
    take(parts.host, url->host);
    take(parts.port, url->port);
    take(parts.user, url->user);
    take(parts.password, url->password);
    take(parts.database, url->database);
    return parts;
}

std::optional<std::string> parse_source(std::string_view text) {
    const bool url = text.starts_with("postgres://") || text.starts_with("postgresql://");
    if (url ? text.size() <= text.find("://") + 3 : text.find('=') == std::string_view::npos) return std::nullopt;
    return std::string(text);
}

// Ports are checked though only derived values use them: a wrong one must not hide behind a given URL.
void check_ports(Interpreter& read) {
    for (const auto* key : {"postgres.port", "kafka.port", "connect.port", "connect.source_port"})
        read.parsed(key, parse_port);
}

BatchSettings batch_of(Interpreter& read) {
    return {read.parsed("batch.rows", parse_count).value_or(1), read.parsed("batch.bytes", parse_bytes).value_or(1),
            read.parsed("batch.age", parse_duration).value_or(std::chrono::milliseconds(1))};
}

}  // namespace

void add_derived(RawSettings& raw) {
    derive_source(raw);
    derive(raw, "brokers", "localhost:" + text_of(raw, "kafka.port"), "kafka.port");
    derive(raw, "topics", text_of(raw, "topic_prefix") + ".*.*", "topic_prefix");
    derive(raw, "group", "pintail-" + std::filesystem::path(text_of(raw, "target")).stem().string(), "target");
    derive_connect_url(raw);
}

Settings interpret(const RawSettings& raw, std::vector<Problem>& problems) {
    Interpreter read(raw, problems);
    check_ports(read);
    Settings settings;
    settings.source = with_password(read.parsed("source", parse_source).value_or(""), parts_of(raw));
    settings.postgres = effective_parts(settings.source, parts_of(raw));
    settings.brokers = read.brokers("brokers");
    settings.topic_prefix = read.text("topic_prefix");
    settings.topics = read.list("topics");
    settings.target = read.text("target");
    settings.group = read.text("group");
    settings.connect_url = read.parsed("connect.url", parse_http_url).value_or("");
    settings.connect_source = {read.text("connect.source_host"), read.text("connect.source_port")};
    settings.connect_secrets_file = read.text("connect.secrets_file");
    settings.tables = read.patterns("tables");
    settings.exclude = read.patterns("exclude");
    settings.columns = read.rules("columns", parse_column_rules);
    settings.mode = read.choice<TableMode>("mode");
    settings.table_modes = read.rules("table_mode", parse_table_mode_rules);
    settings.until = read.parsed("until", parse_until);
    settings.on_error = read.choice<OnError>("on_error");
    settings.on_drop_column = read.choice<OnDropColumn>("on_drop_column");
    settings.on_type_change = read.choice_if_any<OnTypeChange>("on_type_change");
    settings.batch = batch_of(read);
    settings.memory_limit_bytes = read.parsed("memory_limit", parse_memory).value_or(0);
    settings.spool_limit_bytes = read.parsed("spool_limit", parse_bytes).value_or(0);
    settings.max_wal = read.parsed("max_wal", parse_wal_budget);
    settings.infer = read.parsed("infer", parse_boolean).value_or(false);
    settings.decimal_handling = read.choice<DecimalHandling>("decimal_handling");
    settings.log_level = read.choice<LogLevel>("log_level");
    return settings;
}

}  // namespace pintail::config
