#include "golden_files.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace pintail::wire {
namespace {

const std::string kFolder = std::string(PINTAIL_SOURCE_DIR) + "/tests/golden/debezium/";

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::optional<std::string> optional_text(const nlohmann::json& value) {
    if (value.is_null()) return std::nullopt;
    return value.get<std::string>();
}

// CSV as COPY writes it: "" inside quotes, \N for NULL.
std::vector<std::vector<std::optional<std::string>>> read_csv(const std::string& text) {
    std::vector<std::vector<std::optional<std::string>>> lines(1);
    std::string field;
    bool quoted = false, was_quoted = false;
    const auto end_field = [&] {
        lines.back().push_back(field == "\\N" && !was_quoted ? std::nullopt : std::make_optional(field));
        field.clear();
        was_quoted = false;
    };
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') field += text[++i];
        else if (c == '"') quoted = !quoted, was_quoted = true;
        else if (!quoted && c == ',') end_field();
        else if (!quoted && c == '\n') end_field(), lines.emplace_back();
        else field += c;
    }
    lines.pop_back();
    return lines;
}

SourceColumn column(std::string name, std::string type, int32_t modifier = -1, bool is_array = false) {
    SourceColumn column;
    column.name = std::move(name);
    column.type = {type, type == "mood" ? "e" : "b", modifier, is_array, type + (is_array ? "[]" : "")};
    return column;
}

int32_t numeric_typmod(int precision, int scale) {
    return ((precision << 16) | (scale & 0x7FF)) + 4;
}

std::map<std::string, SourceTable> basic_tables() {
    std::map<std::string, SourceTable> tables;
    tables["users"].columns = {column("id", "int4"),
                               column("name", "text"),
                               column("email", "varchar", 259),
                               column("active", "bool"),
                               column("balance", "numeric", numeric_typmod(12, 2)),
                               column("attrs", "jsonb"),
                               column("created_at", "timestamptz"),
                               column("updated_at", "timestamp", 3)};
    tables["orders"].columns = {
        column("id", "int8"),     column("user_id", "int4"),    column("amount", "numeric", numeric_typmod(10, 2)),
        column("status", "text"), column("ordered_on", "date"), column("note", "text")};
    tables["toast_t"].columns = {column("id", "int4"),    column("n", "int4"),     column("big", "text"),
                                 column("bigb", "bytea"), column("bigj", "jsonb"), column("biga", "text", -1, true)};
    tables["nopk"].columns = {column("a", "int4"), column("b", "text")};
    for (auto& [name, table] : tables) table.name = {"public", name};
    return tables;
}

int number(const std::optional<std::string>& text) {
    return text && !text->empty() ? std::stoi(*text) : -1;
}

// A row of information_schema.columns, as types.columns.csv has it.
SourceColumn described(const std::map<std::string, std::optional<std::string>>& row) {
    std::string type = row.at("udt_name").value();
    const bool is_array = type.starts_with('_');
    if (is_array) type.erase(0, 1);
    int32_t modifier = -1;
    const int precision = number(row.at("numeric_precision"));
    if (type == "numeric" && precision >= 0) modifier = numeric_typmod(precision, number(row.at("numeric_scale")));
    if (type == "bit" || type == "varbit") modifier = number(row.at("character_maximum_length"));
    if (type.starts_with("time")) modifier = number(row.at("datetime_precision"));
    if (row.at("column_name") == "an102") modifier = numeric_typmod(10, 2);  // an element's modifier is not listed
    return column(row.at("column_name").value(), type, modifier, is_array);
}

std::map<std::string, SourceTable> all_tables() {
    std::map<std::string, SourceTable> tables = basic_tables();
    for (const auto& row : golden_table("types.columns").rows) {
        SourceTable& table = tables[row.at("table_name").value()];
        table.name = {"public", row.at("table_name").value()};
        table.columns.push_back(described(row));
    }
    return tables;
}

}  // namespace

std::optional<std::string_view> GoldenMessage::find(std::string_view name) const {
    for (const auto& [key_name, header] : headers) {
        if (key_name == name) return header;
    }
    return std::nullopt;
}

Message GoldenMessage::view() const {
    Message message;
    message.topic = topic;
    message.offset = offset;
    message.timestamp_ms = timestamp_ms;
    if (key) message.key = *key;
    if (value) message.value = *value;
    message.headers = this;
    return message;
}

std::vector<GoldenMessage> golden_messages(const std::string& golden_case) {
    std::istringstream lines(read_file(kFolder + golden_case + "/messages.ndjson"));
    std::vector<GoldenMessage> messages;
    for (std::string line; std::getline(lines, line);) {
        const auto json = nlohmann::json::parse(line);
        GoldenMessage message;
        message.topic = json["topic"];
        message.offset = json["offset"];
        message.timestamp_ms = json["timestamp"];
        message.key = optional_text(json["key"]);
        message.value = optional_text(json["value"]);
        for (const auto& header : json["headers"]) message.headers.emplace_back(header[0], header[1]);
        messages.push_back(std::move(message));
    }
    if (messages.empty()) throw std::runtime_error("no messages in " + golden_case);
    return messages;
}

GoldenTable golden_table(const std::string& name) {
    const auto lines = read_csv(read_file(kFolder + "expected/" + name + ".csv"));
    GoldenTable table;
    for (const auto& column_name : lines.at(0)) table.columns.push_back(column_name.value());
    for (size_t i = 1; i < lines.size(); ++i) {
        auto& row = table.rows.emplace_back();
        for (size_t j = 0; j < table.columns.size(); ++j) row[table.columns[j]] = lines[i].at(j);
    }
    return table;
}

std::optional<SourceTable> golden_catalog(const TableName& name, const SourceTransaction&) {
    static const auto kTables = all_tables();
    const auto found = kTables.find(name.table);
    if (found == kTables.end()) return std::nullopt;
    return found->second;
}

}  // namespace pintail::wire
