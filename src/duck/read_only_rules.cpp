#include "duck/read_only_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <regex>
#include <string_view>

#include "core/error.hpp"

namespace pintail::duck {
namespace {

using Json = nlohmann::json;

// A table function may do anything (quack_serve, checkpoint, glob, …): only those known to read the target pass.
constexpr std::array kTableFunctions = {"range",
                                        "generate_series",
                                        "unnest",
                                        "repeat",
                                        "repeat_row",
                                        "json_each",
                                        "json_tree",
                                        "histogram",
                                        "histogram_values",
                                        "summary",
                                        "duckdb_columns",
                                        "duckdb_constraints",
                                        "duckdb_databases",
                                        "duckdb_dependencies",
                                        "duckdb_functions",
                                        "duckdb_indexes",
                                        "duckdb_keywords",
                                        "duckdb_memory",
                                        "duckdb_schemas",
                                        "duckdb_sequences",
                                        "duckdb_tables",
                                        "duckdb_temporary_files",
                                        "duckdb_types",
                                        "duckdb_views",
                                        "pragma_collations",
                                        "pragma_database_size",
                                        "pragma_platform",
                                        "pragma_show",
                                        "pragma_storage_info",
                                        "pragma_table_info",
                                        "pragma_version",
                                        "icu_calendar_names",
                                        "pg_timezone_names"};

// Functions in expressions that change something or look outside.
constexpr std::array kRefusedFunctions = {"nextval",   "query",     "query_table", "getenv",
                                          "write_log", "read_text", "read_blob",   "setseed"};

template <typename List>
bool holds(const List& names, const std::string& name) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    return std::find(names.begin(), names.end(), std::string_view(lower)) != names.end();
}

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::usage, why);
}

void judge(const Json& node) {
    if (node.is_object()) {
        if (node.value("type", Json()) == "TABLE_FUNCTION") {
            const std::string name = node.at("function").value("function_name", "");
            if (!holds(kTableFunctions, name))
                refuse(fmt::format("table function {} is not among those that only read the target", name));
        }
        if (node.contains("function_name") && node["function_name"].is_string()) {
            const std::string name = node["function_name"];
            if (holds(kRefusedFunctions, name)) refuse(fmt::format("function {} is not allowed here", name));
        }
    }
    if (node.is_structured()) {
        for (const Json& child : node) judge(child);
    }
}

std::string serialize(const Connection& connection, const std::string& sql) {
    Statement statement(connection, "SELECT json_serialize_sql($1::VARCHAR)::VARCHAR");
    const Result result = statement.bind(1, sql).execute();
    return std::string(result.next()->text(0, 0));
}

std::string deserialize(const Connection& connection, const std::string& json) {
    Statement statement(connection, "SELECT json_deserialize_sql($1::JSON)");
    const Result result = statement.bind(1, json).execute();
    return std::string(result.next()->text(0, 0));
}

std::string admit_select(const Connection& connection, const std::string& sql) {
    const std::string text = serialize(connection, sql);
    const Json tree = Json::parse(text);
    if (tree.value("error", true)) {
        const std::string message = tree.value("error_message", "it does not parse");
        refuse(message.find("Only SELECT") != std::string::npos
                   ? "only statements that read are allowed here: SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, "
                     "SUMMARIZE, EXPLAIN"
                   : message);
    }
    if (tree.at("statements").size() != 1) refuse("one statement at a time, please");
    judge(tree);
    return deserialize(connection, text);
}

}  // namespace

ReadOnlyStatement admit_read_only(const Connection& connection, const std::string& sql) {
    static const std::regex kExplain(R"(^\s*explain\s+(analyze\s+)?)", std::regex::icase);
    std::smatch found;
    if (!std::regex_search(sql, found, kExplain)) return {admit_select(connection, sql), sql, false, false};
    return {admit_select(connection, found.suffix()), found.suffix(), true, found[1].matched};
}

}  // namespace pintail::duck
