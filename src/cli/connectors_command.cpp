#include "cli/connectors_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/connector_checks.hpp"
#include "cli/connector_files.hpp"
#include "cli/connector_removal.hpp"
#include "cli/setting_flags.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/shell_word.hpp"
#include "log/log.hpp"

namespace pintail::cli {
namespace {

using connect::Client;
using connect::Connector;
using connect::SecretsMode;

// What the subcommands have in common; each uses what it registered.
struct Flags {
    SettingFlags settings;
    std::string folder = "connectors";
    std::string secrets;             // empty: not said
    std::vector<std::string> names;  // files for register
    bool no_checks = false;
    bool drop_slot = false;
    bool json = false;
    unsigned timeout_seconds = 60;

    std::optional<SecretsMode> secrets_mode() const {
        if (secrets.empty()) return std::nullopt;
        return secrets == "inline" ? SecretsMode::inline_ : SecretsMode::provider;
    }
    connect::Patience patience() const {
        connect::Patience patience;
        patience.timeout = std::chrono::seconds(timeout_seconds);
        return patience;
    }
};

void generate(const Flags& flags) {
    const auto settings = flags.settings.load().settings;
    const auto mode = flags.secrets_mode().value_or(SecretsMode::provider);
    const auto connectors = generate_from(flags.folder, settings, mode);
    for (const auto& path : connect::write_connectors(flags.folder, connectors, mode))
        fmt::print("{}\n", path.string());
}

// What it had failed with before; the same trace right after a restart is the old news.
std::string stale_trace(const std::optional<connect::ConnectorStatus>& status) {
    if (!status) return {};
    if (!status->trace.empty()) return status->trace;
    for (const auto& task : status->tasks)
        if (!task.trace.empty()) return task.trace;
    return {};
}

// Debezium copies the rows of the tables that it knew when it first ran, and no others.
void warn_of_added_tables(Client& client, const Connector& connector) {
    const auto before = client.properties(connector.name);
    const auto known = before ? connect::source_use(*before) : std::nullopt;
    const auto wanted = connect::source_use(connector.properties);
    if (!known || !wanted || !known->tables || !wanted->tables) return;
    for (const auto& table : *wanted->tables) {
        if (std::find(known->tables->begin(), known->tables->end(), table) != known->tables->end()) continue;
        log::warn(
            "{}: table {} was added to a connector that has run before: its changes will come, but not the rows that "
            "it has already. "
            "To copy them: give the table a connector of its own, or pintail connectors delete {} and register again",
            connector.name, to_string(table), shell_word(connector.name));
    }
}

void register_one(Client& client, const Connector& connector, const connect::Patience& patience) {
    const auto before = client.status(connector.name);
    warn_of_added_tables(client, connector);
    client.put(connector.name, connector.properties);
    // Connect restarts nothing when the properties are the same, not even what failed.
    if (before && (before->failed() || before->state == "STOPPED" || before->state == "PAUSED"))
        client.resume_and_restart(connector.name);
    connect::wait_until_running(client, connector.name, patience, stale_trace(before));
    fmt::print("{}: {}, running\n", connector.name, before ? "updated" : "created");
    std::fflush(stdout);
}

void register_all(const Flags& flags) {
    const auto settings = flags.settings.load().settings;
    const auto connectors = flags.names.empty() ? connectors_of_folder(flags.folder, settings, flags.secrets_mode())
                                                : read_connectors(flags.names);
    Client client(settings.connect_url);
    client.worker_version();  // Connect down: say so before asking Postgres anything
    if (!settings.source.empty() && !flags.no_checks) check_source(settings.source, client, connectors);
    for (const auto& connector : connectors) register_one(client, connector, flags.patience());
}

std::string task_states(const connect::ConnectorStatus& status) {
    std::vector<std::string> states;
    for (const auto& task : status.tasks) states.push_back(task.state);
    return states.empty() ? "no task" : fmt::format("{}", fmt::join(states, " "));
}

std::string slot_of(const connect::ConnectorInfo& info) {
    const auto use = connect::source_use(info.properties);
    return use ? use->slot : "";
}

void print_table(const std::vector<connect::ConnectorInfo>& connectors) {
    size_t width = 4;
    for (const auto& info : connectors) width = std::max(width, info.status.name.size());
    fmt::print("{:<{}}  {:<10}  {:<10}  {:<21}  {}\n", "NAME", width, "CONNECTOR", "TASK", "WORKER", "SLOT");
    for (const auto& info : connectors)
        fmt::print("{:<{}}  {:<10}  {:<10}  {:<21}  {}\n", info.status.name, width, info.status.state,
                   task_states(info.status), info.status.worker, slot_of(info));
}

nlohmann::ordered_json as_json(const connect::ConnectorInfo& info) {
    nlohmann::ordered_json json{{"name", info.status.name},
                                {"state", info.status.state},
                                {"worker", info.status.worker},
                                {"slot", slot_of(info)}};
    json["running"] = info.status.running();
    json["tasks"] = nlohmann::ordered_json::array();
    for (const auto& task : info.status.tasks)
        json["tasks"].push_back({{"id", task.id}, {"state", task.state}, {"worker", task.worker}});
    json["failures"] = nlohmann::ordered_json::array();
    for (const auto& failure : connect::diagnose_failures(info.status))
        json["failures"].push_back({{"what", failure.what}, {"advice", failure.advice}});
    return json;
}

void print_json(const std::vector<connect::ConnectorInfo>& connectors) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& info : connectors) all.push_back(as_json(info));
    fmt::print("{}\n", all.dump(2));
}

void list(const Flags& flags) {
    Client client(flags.settings.load().settings.connect_url);
    const auto connectors = client.connectors();
    if (flags.json) return print_json(connectors);
    if (connectors.empty())
        return fmt::print("no connectors; `pintail connectors register` makes those of {}/connector_config.json\n",
                          flags.folder);
    print_table(connectors);
}

[[noreturn]] void unknown_connector(Client& client, const std::string& name) {
    const auto names = client.names();
    throw Error(ErrorKind::usage,
                names.empty() ? fmt::format("there is no connector {}: Kafka Connect has none at all", name)
                              : fmt::format("there is no connector {}; there are {}", name, fmt::join(names, ", ")));
}

std::vector<connect::ConnectorInfo> chosen_connectors(Client& client, const std::vector<std::string>& names) {
    const auto all = client.connectors();
    if (names.empty()) return all;
    std::vector<connect::ConnectorInfo> chosen;
    for (const auto& name : names) {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const connect::ConnectorInfo& info) { return info.status.name == name; });
        if (found == all.end()) unknown_connector(client, name);
        chosen.push_back(*found);
    }
    return chosen;
}

void print_failures(const std::vector<connect::ConnectorInfo>& connectors) {
    for (const auto& info : connectors)
        for (const auto& failure : connect::diagnose_failures(info.status))
            fmt::print("\n{} failed:\n{}\n", info.status.name, connect::to_string(failure));
}

// A script may go by the exit code: an Error unless all of them run.
void status(const Flags& flags) {
    Client client(flags.settings.load().settings.connect_url);
    const auto connectors = chosen_connectors(client, flags.names);
    if (flags.json) {
        print_json(connectors);
    } else {
        print_table(connectors);
        print_failures(connectors);
    }
    const auto down =
        std::count_if(connectors.begin(), connectors.end(), [](const auto& info) { return !info.status.running(); });
    if (down > 0)
        throw Error(ErrorKind::source,
                    fmt::format("{} of {} not running", down, counted(connectors.size(), "connector")));
}

void restart(const Flags& flags) {
    Client client(flags.settings.load().settings.connect_url);
    for (const auto& info : chosen_connectors(client, flags.names)) {
        client.resume_and_restart(info.status.name);
        connect::wait_until_running(client, info.status.name, flags.patience(), stale_trace(info.status));
        fmt::print("{}: running\n", info.status.name);
    }
}

void remove(const Flags& flags) {
    const auto settings = flags.settings.load().settings;
    if (flags.drop_slot && settings.source.empty())
        throw Error(ErrorKind::config,
                    "--drop-slot needs to know the source: --source postgres://…, or POSTGRES_USER, POSTGRES_PASSWORD "
                    "and POSTGRES_DB in .credentials");
    Client client(settings.connect_url);
    const auto chosen = chosen_connectors(client, flags.names);
    remove_connectors(client, chosen, flags.drop_slot ? std::optional(settings.source) : std::nullopt,
                      flags.patience());
}

// Adds one subcommand and what it takes.
class Subcommand {
public:
    Subcommand(CLI::App& parent, const char* name, const char* help, std::initializer_list<std::string_view> settings)
        : command_(parent.add_subcommand(name, help)),
          flags_(std::make_shared<Flags>(
              Flags{SettingFlags(*command_, settings), "connectors", "", {}, false, false, false, 60})) {}

    Subcommand& folder() {
        command_->add_option("--folder", flags_->folder, "Of connector_template.json and connector_config.json")
            ->type_name("FOLDER");
        return *this;
    }
    Subcommand& secrets(const char* otherwise) {
        command_
            ->add_option(
                "--secrets", flags_->secrets,
                fmt::format("provider: the JSON refers to secrets that the Connect worker knows; inline: it holds them "
                            "(mode 0600). Default: {}",
                            otherwise))
            ->check(CLI::IsMember({"provider", "inline"}));
        return *this;
    }
    Subcommand& names(const char* what, const char* help, bool required) {
        command_->add_option(what, flags_->names, help)->required(required);
        return *this;
    }
    Subcommand& flag(const char* name, bool Flags::*member, const char* help) {
        command_->add_flag(name, (*flags_).*member, help);
        return *this;
    }
    Subcommand& timeout() {
        command_->add_option("--timeout", flags_->timeout_seconds, "Wait so many seconds for Connect to get there")
            ->type_name("SECONDS")
            ->check(CLI::PositiveNumber);
        return *this;
    }
    void does(void (*action)(const Flags&), std::function<void()>& chosen) {
        command_->callback([&chosen, action, flags = flags_] { chosen = [action, flags] { action(*flags); }; });
    }

private:
    CLI::App* command_;
    std::shared_ptr<Flags> flags_;
};

}  // namespace

CLI::App* add_connectors_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* all = parent.add_subcommand("connectors", "Make and look after Debezium connectors on Kafka Connect");
    all->require_subcommand(1);
    Subcommand(*all, "generate", "Write one connector per schema of connector_config.json",
               {"topic_prefix", "decimal_handling", "source", "connect.source_host", "connect.source_port",
                "connect.secrets_file"})
        .folder()
        .secrets("provider")
        .does(generate, chosen);
    Subcommand(*all, "register", "Create or update connectors and wait until they run",
               {"connect.url", "connect.port", "topic_prefix", "decimal_handling", "source", "connect.source_host",
                "connect.source_port", "connect.secrets_file"})
        .folder()
        .secrets("as in the files that generate wrote, else provider")
        .timeout()
        .names("FILE",
               "Connectors to register as they are; default: those of connector_config.json, as generate wrote or "
               "would write them",
               false)
        .flag("--no-checks", &Flags::no_checks, "Do not ask the source first whether it is ready")
        .does(register_all, chosen);
    Subcommand(*all, "list", "List the connectors of Kafka Connect", {"connect.url", "connect.port"})
        .flag("--json", &Flags::json, "As JSON")
        .does(list, chosen);
    Subcommand(*all, "status", "The same with what failed and why; exit code 1 unless all run",
               {"connect.url", "connect.port"})
        .names("NAME", "Default: all", false)
        .flag("--json", &Flags::json, "As JSON")
        .does(status, chosen);
    Subcommand(*all, "restart", "Restart connectors with their tasks and wait until they run",
               {"connect.url", "connect.port"})
        .names("NAME", "Of the connectors", true)
        .timeout()
        .does(restart, chosen);
    Subcommand(*all, "delete", "Delete connectors and their offsets", {"connect.url", "connect.port", "source"})
        .names("NAME", "Of the connectors", true)
        .timeout()
        .flag("--drop-slot", &Flags::drop_slot, "Drop slot and publication at the source as well")
        .does(remove, chosen);
    return all;
}

}  // namespace pintail::cli
