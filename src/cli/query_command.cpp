#include "cli/query_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include "cli/output.hpp"
#include "cli/render.hpp"
#include "cli/setting_flags.hpp"
#include "cli/target_access.hpp"
#include "config/value.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"

namespace pintail::cli {
namespace {

// A table is for eyes; the other formats are for programs, which want all.
constexpr uint64_t kTableRows = 1000;

struct QueryFlags {
    SettingFlags settings;
    std::string sql;
    Format format = Format::table;
    std::optional<uint64_t> max_rows;
    std::string timeout;
    std::string max_bytes;
};

// Hands everything on; remembers whether rows were left out.
class NoteTruncation : public serve::ResultSink {
public:
    explicit NoteTruncation(serve::ResultSink& to) : to_(to) {}
    void columns(const std::vector<serve::ResultColumn>& columns) override { to_.columns(columns); }
    bool row(std::span<const serve::Cell> cells) override { return to_.row(cells); }
    void finish(const serve::ResultEnd& end) override {
        to_.finish(end);
        truncated_ = end.truncated;
    }
    bool truncated() const { return truncated_; }

private:
    serve::ResultSink& to_;
    bool truncated_ = false;
};

std::string read_sql(const std::string& argument) {
    if (argument != "-") return argument;
    std::string sql(std::istreambuf_iterator<char>(std::cin), {});
    if (sql.find_first_not_of(" \t\r\n") == std::string::npos)
        throw Error(ErrorKind::usage, "there is no SQL on standard input");
    return sql;
}

std::chrono::milliseconds parse_timeout(const std::string& text) {
    if (text.empty()) return serve::kDefaultTimeout;
    if (text == "0") return std::chrono::milliseconds(0);
    const auto timeout = config::parse_duration(text);
    if (!timeout)
        throw Error(ErrorKind::usage, "--timeout: expected a duration such as 250ms, 30s or 2m, or 0 for none");
    return *timeout;
}

uint64_t parse_max_bytes(const std::string& text) {
    if (text.empty()) return serve::kDefaultMaxBytes;
    if (text == "0") return 0;
    const auto bytes = config::parse_bytes(text);
    if (!bytes) throw Error(ErrorKind::usage, "--max-bytes: expected a size such as 100MiB or 4GB, or 0 for any");
    return *bytes;
}

void run_query(const QueryFlags& flags) {
    serve::QueryRequest request;
    request.timeout = parse_timeout(flags.timeout);
    request.max_bytes = parse_max_bytes(flags.max_bytes);
    request.max_rows = flags.max_rows.value_or(flags.format == Format::table ? kTableRows : 0);
    const TargetAccess target(flags.settings.load().settings);
    request.sql = read_sql(flags.sql);
    Output output(stdout);
    const auto renderer = make_renderer(flags.format, output);
    NoteTruncation sink(*renderer);
    target.query(request, sink);
    if (sink.truncated() && flags.format != Format::table)
        fmt::print(stderr, "pintail: only the first {}: there are more\n", counted(request.max_rows, "row"));
}

}  // namespace

CLI::App* add_query_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command = parent.add_subcommand(
        "query", "Ask a running pintail (or the target file, when none runs) with SQL that only reads");
    auto flags = std::make_shared<QueryFlags>(QueryFlags{SettingFlags(*command, {"target", "memory_limit"})});
    command->add_option("SQL", flags->sql, "One statement; - reads it from standard input")->required();
    const std::map<std::string, Format> formats{
        {"table", Format::table}, {"csv", Format::csv}, {"json", Format::json}, {"jsonl", Format::jsonl}};
    command
        ->add_option_function<std::string>(
            "--format,-f", [flags, formats](const std::string& name) { flags->format = formats.at(name); },
            "How the result is written (default: table)")
        ->check(CLI::IsMember({"table", "csv", "json", "jsonl"}))
        ->type_name("table|csv|json|jsonl");
    command
        ->add_option("--max-rows", flags->max_rows,
                     "Stop after so many rows; 0: all (default: 1000 for table, else all)")
        ->check([](const std::string& text) {
            return text.find_first_not_of("0123456789") == std::string::npos ? std::string()
                                                                             : "expected a whole number, not " + text;
        })
        ->type_name("N");
    command->add_option("--max-bytes", flags->max_bytes, "Stop an answer that is larger; 0: any size (default: 1GiB)")
        ->type_name("SIZE");
    command->add_option("--timeout", flags->timeout, "Stop a query that takes longer; 0: never (default: 5m)")
        ->type_name("DURATION");
    command->callback([&chosen, flags] { chosen = [flags] { run_query(*flags); }; });
    return command;
}

}  // namespace pintail::cli
