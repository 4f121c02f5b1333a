#include "cli/table_request.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/source_answer.hpp"
#include "core/error.hpp"
#include "core/file_path.hpp"
#include "duck/duck_destination.hpp"

namespace pintail::cli {

using nlohmann::json;

TableName parse_table_name(const std::string& text) {
    const size_t dot = text.find('.');
    TableName name =
        dot == std::string::npos ? TableName{"public", text} : TableName{text.substr(0, dot), text.substr(dot + 1)};
    if (name.schema.empty() || name.table.empty())
        throw Error(ErrorKind::usage, fmt::format("'{}' is no table name: write schema.table", text));
    return name;
}

std::vector<TableName> tables_of_request(const std::string& task, const std::string& request) {
    const json body = json::parse(request, nullptr, false);
    if (!body.is_object() || !body.contains("tables") || !body["tables"].is_array() || body["tables"].empty())
        throw Error(ErrorKind::usage, task + R"( is asked for as JSON: {"tables": ["public.orders"]})");
    std::vector<TableName> tables;
    for (const json& name : body["tables"])
        tables.push_back(parse_table_name(name.is_string() ? name.get<std::string>() : ""));
    return tables;
}

std::vector<TableName> parse_table_names(const std::vector<std::string>& texts) {
    std::vector<TableName> names;
    for (const std::string& text : texts) names.push_back(parse_table_name(text));
    return names;
}

void wait_until_noted(std::future<void>& noted, const std::stop_token& stop) {
    const auto given_up = [] { throw Error(ErrorKind::source, "it was not noted yet: ask again", true); };
    await_source(noted, stop, given_up, "before the target remembered it: ask again");
}

void change_at_rest(const config::Settings& settings,
                    const std::function<std::vector<Step>(const StoredState&)>& steps) {
    duck::TargetOptions options;
    options.path = without_links(settings.target);
    options.memory_limit_bytes = settings.memory_limit_bytes;
    duck::DuckDestination destination(options);
    const StoredState state = destination.recover();
    Batch batch;
    batch.position = state.position;
    batch.steps = steps(state);
    destination.apply(std::move(batch));
}

}  // namespace pintail::cli
