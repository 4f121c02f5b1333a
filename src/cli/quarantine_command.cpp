#include "cli/quarantine_command.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/json_events.hpp"
#include "cli/output.hpp"
#include "cli/quarantine_work.hpp"
#include "cli/render.hpp"
#include "cli/setting_flags.hpp"
#include "cli/sink_options.hpp"
#include "cli/table_modes.hpp"
#include "cli/target_access.hpp"
#include "cli/text_width.hpp"
#include "cli/type_changes.hpp"
#include "core/error.hpp"
#include "core/file_path.hpp"
#include "core/shell_word.hpp"

namespace pintail::cli {
namespace {

using nlohmann::json;

constexpr uint64_t kListedMessages = 1000;

struct QuarantineFlags {
    SettingFlags settings;
    duck::QuarantineSelection selection;
    bool all = false;
    bool json = false;
    uint64_t max_rows = kListedMessages;
};

std::string sql_text(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
    return quoted + "'";
}

std::string where(const duck::QuarantineSelection& selection) {
    std::string sql = "true";
    if (!selection.ids.empty()) sql += fmt::format(" AND id IN ({})", fmt::join(selection.ids, ", "));
    if (!selection.table.empty()) sql += " AND table_name = " + sql_text(selection.table);
    if (!selection.topic.empty()) sql += " AND topic = " + sql_text(selection.topic);
    return sql;
}

// With or without their schema, as far as the target knows of them.
std::set<std::string> tables_called(const std::string& name, const json& status) {
    std::set<std::string> all;
    for (const json& table : status.at("tables")) all.insert(table.at("source_table").get<std::string>());
    for (const json& group : status.at("quarantine").at("by_table"))
        if (!group.at("table").is_null()) all.insert(group.at("table").get<std::string>());
    if (all.contains(name)) return {name};
    std::erase_if(all, [&](const std::string& one) { return one.substr(one.find('.') + 1) != name; });
    return all;
}

// A name without a schema is that of public, as everywhere, or else of the only schema that has such a table.
duck::QuarantineSelection with_whole_name(duck::QuarantineSelection selection, const json& status) {
    const auto found = selection.table.empty() ? std::set<std::string>() : tables_called(selection.table, status);
    if (found.contains("public." + selection.table)) {
        selection.table = "public." + selection.table;
    } else if (found.size() > 1) {
        throw Error(ErrorKind::usage, fmt::format("--table {}: the target has several of that name: {}",
                                                  selection.table, fmt::join(found, ", ")));
    } else if (found.size() == 1) {
        selection.table = *found.begin();
    }
    return selection;
}

std::string whole_tables_text(const json& status, const duck::QuarantineSelection& selection) {
    std::string text;
    if (!selection.ids.empty() || !selection.topic.empty()) return text;
    for (const json& table : status.at("tables")) {
        const std::string name = table.at("source_table");
        if (table.at("quarantined").is_null() || (!selection.table.empty() && selection.table != name)) continue;
        text += fmt::format(
            "table {} is in quarantine as a whole: {}. To have it followed again: pintail quarantine retry --table "
            "{}\n",
            printable(name), printable(table.at("quarantined").get<std::string>()), shell_word(name));
    }
    return text;
}

constexpr const char* kListed = "id, quarantined_at, table_name, topic, partition, \"offset\", reason";
// Bytes as text where they are text.
constexpr const char* kShown =
    "id, quarantined_at, message_time, table_name, topic, partition, \"offset\", reason, headers, "
    "coalesce(try(decode(key)), hex(key)) AS key, coalesce(try(decode(value)), hex(value)) AS value";

// One line per column: `show` is read by people, and values are long.
class RecordRenderer : public serve::ResultSink {
public:
    explicit RecordRenderer(Output& output) : output_(output) {}
    void columns(const std::vector<serve::ResultColumn>& columns) override { columns_ = columns; }
    bool row(std::span<const serve::Cell> cells) override {
        std::string text = std::exchange(first_, false) ? "" : "\n";
        for (size_t i = 0; i < cells.size(); ++i)
            text += fmt::format("{:<16}{}\n", columns_[i].name, cells[i] ? printable(std::string(*cells[i])) : "NULL");
        return output_.write(text);
    }
    void finish(const serve::ResultEnd& end) override {
        if (end.rows == 0)
            throw Error(ErrorKind::usage, "there is no such message in quarantine (pintail quarantine list)");
        output_.flush();
    }

private:
    Output& output_;
    std::vector<serve::ResultColumn> columns_;
    bool first_ = true;
};

void ask(const QuarantineFlags& flags, const char* columns, bool as_records) {
    const TargetAccess target(flags.settings.load().settings);
    const json status = json::parse(target.status());
    const auto selection = with_whole_name(flags.selection, status);
    serve::QueryRequest request;
    request.sql = fmt::format("SELECT {} FROM pintail.quarantine WHERE {} ORDER BY id", columns, where(selection));
    request.max_rows = flags.json || as_records ? 0 : flags.max_rows;
    Output output(stdout);
    if (as_records && !flags.json) {
        RecordRenderer records(output);
        return target.query(request, records);
    }
    const auto renderer = make_renderer(flags.json ? Format::json : Format::table, output);
    target.query(request, *renderer);
    const std::string whole = whole_tables_text(status, selection);
    if (flags.json) return void(std::fputs(whole.c_str(), stderr));
    output.write(whole);
    output.flush();
}

// Through the pintail that writes the target, or on the file when none does.
std::string carry_out(const config::Settings& settings, const TargetAccess& access, const QuarantineOrder& order) {
    std::string outcome;
    if (access.live()) {
        JsonEvents events([&](const json& event) { outcome = event.dump(); });
        access.run("quarantine", order_json(order), events);
        return outcome;
    }
    duck::TargetOptions options;
    options.path = without_links(settings.target);
    options.memory_limit_bytes = settings.memory_limit_bytes;
    // A table of which all is in quarantine is made by the retry. Who drops messages need not know the modes.
    if (order.action == QuarantineAction::retry) options.mode_of = table_modes(settings);
    options.type_changes = type_changes_of_sink(settings);
    duck::DuckDestination target(options);
    return outcome_json(work_on_quarantine(target, assembler_options(settings), order));
}

std::string plural(uint64_t count, const char* noun) {
    return fmt::format("{} {}{}", grouped(static_cast<long long>(count)), noun, count == 1 ? "" : "s");
}

std::string place_of(const json& run) {
    const std::string topic = run.at("topic");
    const std::string table = run.at("table");
    if (topic.empty()) return "rows of " + table + " that could not be completed";
    return fmt::format("{}{}, offsets {} to {}", topic, table.empty() ? "" : " (" + table + ")",
                       run.at("first_offset").get<int64_t>(), run.at("last_offset").get<int64_t>());
}

std::string freed(const json& outcome) {
    const uint64_t keys = outcome.at("freed_keys");
    return keys == 0 ? ""
                     : fmt::format("{} free again: later changes apply\n",
                                   keys == 1 ? "1 key is" : plural(keys, "key") + " are");
}

std::string retry_text(const json& outcome, bool running) {
    const uint64_t gone = outcome.at("gone");
    const uint64_t selected = outcome.at("selected");
    // Of a table that is in quarantine as a whole there may be none.
    std::string text = selected == 0 ? ""
                                     : fmt::format("{} tried again: {} applied, {} in quarantine still\n",
                                                   plural(selected, "message"), gone, selected - gone);
    for (const json& failure : outcome.at("failures"))
        text += fmt::format("  {}: {}\n", failure.at("id").get<int64_t>(),
                            printable(failure.at("reason").get<std::string>()));
    const char* how = !outcome.at("by_copy") ? "is followed again"
                      : running ? "was in quarantine as a whole; its new copy begins, pintail status shows it"
                                : "was in quarantine as a whole; the next pintail run copies it again";
    for (const json& table : outcome.at("followed_again"))
        text += fmt::format("table {} {}\n", printable(table.get<std::string>()), how);
    return text + freed(outcome);
}

std::string drop_text(const json& outcome) {
    std::string text = fmt::format("{} given up; what they changed at the source is not in the target:\n",
                                   plural(outcome.at("gone"), "message"));
    for (const json& run : outcome.at("given_up"))
        text += fmt::format("  {} of {}\n", run.at("messages").get<uint64_t>(), place_of(run));
    return text + freed(outcome);
}

void change(const QuarantineFlags& flags, QuarantineAction action) {
    const auto& chosen = flags.selection;
    if (chosen.ids.empty() && chosen.table.empty() && chosen.topic.empty() && !flags.all)
        throw Error(ErrorKind::usage,
                    "say which: IDs, --table, --topic or --all (pintail quarantine list shows what there is)");
    const config::Settings settings = flags.settings.load().settings;
    const TargetAccess access(settings);
    const std::string text =
        carry_out(settings, access, {action, with_whole_name(chosen, json::parse(access.status()))});
    const json outcome = json::parse(text);
    Output output(stdout);
    output.write(flags.json                          ? text + "\n"
                 : action == QuarantineAction::retry ? retry_text(outcome, access.live())
                                                     : drop_text(outcome));
    output.flush();
    const uint64_t left = outcome.at("selected").get<uint64_t>() - outcome.at("gone").get<uint64_t>();
    if (left > 0) throw Error(ErrorKind::data, plural(left, "message") + " could not be applied");
}

std::shared_ptr<QuarantineFlags> add(CLI::App& parent, const char* name, const char* help,
                                     const std::vector<std::string_view>& settings, CLI::App*& command) {
    command = parent.add_subcommand(name, help);
    auto flags = std::make_shared<QuarantineFlags>(QuarantineFlags{SettingFlags(*command, settings), {}});
    command->add_flag("--json", flags->json, "As JSON");
    return flags;
}

void add_selection(CLI::App& command, QuarantineFlags& flags) {
    command.add_option("ID", flags.selection.ids, "Of the messages");
    command
        .add_option("--table", flags.selection.table,
                    "Those of this table (schema.table of the source; without a schema, of public, or of the only one "
                    "that has it)")
        ->type_name("TABLE");
    command.add_option("--topic", flags.selection.topic, "Those of this topic")->type_name("TOPIC");
}

}  // namespace

CLI::App* add_quarantine_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* all = parent.add_subcommand("quarantine", "See what could not become rows, try it again, or give it up");
    all->require_subcommand(1);
    CLI::App* command = nullptr;
    const auto list = add(*all, "list", "List messages with the reasons", {"target", "memory_limit"}, command);
    add_selection(*command, *list);
    command->add_option("--max-rows", list->max_rows, "List so many; 0: all")->type_name("N")->capture_default_str();
    command->callback([&chosen, list] { chosen = [list] { ask(*list, kListed, false); }; });
    const auto show =
        add(*all, "show", "Show messages with key, value and headers", {"target", "memory_limit"}, command);
    command->add_option("ID", show->selection.ids, "Of the messages")->required();
    command->callback([&chosen, show] { chosen = [show] { ask(*show, kShown, true); }; });
    const auto retry = add(*all, "retry", "Decode messages again, whole keys in order; exit code 1 when some stay",
                           {"target", "memory_limit", "source", "infer", "columns", "mode", "table_mode",
                            "decimal_handling", "on_type_change"},
                           command);
    add_selection(*command, *retry);
    command->add_flag("--all", retry->all, "All of them");
    command->callback([&chosen, retry] { chosen = [retry] { change(*retry, QuarantineAction::retry); }; });
    const auto drop = add(*all, "drop", "Give messages up: what they changed will not be in the target",
                          {"target", "memory_limit"}, command);
    add_selection(*command, *drop);
    command->add_flag("--all", drop->all, "All of them");
    command->callback([&chosen, drop] { chosen = [drop] { change(*drop, QuarantineAction::drop); }; });
    return all;
}

}  // namespace pintail::cli
