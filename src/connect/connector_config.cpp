#include "connect/connector_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "connect/located_json.hpp"
#include "connect/names.hpp"

namespace pintail::connect {
namespace {

using Json = nlohmann::ordered_json;
using config::Problem;

class ConfigReader {
public:
    ConfigReader(const LocatedJson& located, std::vector<Problem>& problems) : located_(located), problems_(problems) {}

    std::vector<ConnectorEntry> read() {
        const auto& root = located_.value;
        if (!expect_object("", root, {"schemas"})) return {};
        const auto schemas = root.find("schemas");
        if (schemas == root.end() || !schemas->is_array() || schemas->empty()) {
            complain(schemas == root.end() ? "" : "/schemas",
                     "\"schemas\" must be a list of at least one schema with its tables");
            return {};
        }
        std::vector<ConnectorEntry> entries;
        for (size_t i = 0; i < schemas->size(); ++i) entries.push_back(read_entry(child("/schemas", i), (*schemas)[i]));
        return entries;
    }

private:
    ConnectorEntry read_entry(const std::string& at, const Json& json) {
        ConnectorEntry entry;
        if (!expect_object(at, json, {"name", "schema", "tables", "schemas_enabled", "overrides"})) return entry;
        entry.name = text(at, json, "name");
        entry.schema = text(at, json, "schema");
        check_name(at, entry);
        entry.tables = tables(at, json);
        check_topics(at, entry);
        entry.schemas_enabled = flag(at, json, "schemas_enabled", true);
        entry.overrides = overrides(at, json);
        return entry;
    }

    std::string text(const std::string& at, const Json& json, const char* key) {
        const auto found = json.find(key);
        if (found == json.end()) complain(at, fmt::format("\"{}\" is missing", key));
        else if (!found->is_string() || found->get_ref<const std::string&>().empty())
            complain(child(at, key), fmt::format("\"{}\" must be a text", key));
        else return *found;
        return {};
    }

    // It becomes part of a file's and a connector's name.
    void check_name(const std::string& at, const ConnectorEntry& entry) {
        const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
        if (!std::all_of(entry.name.begin(), entry.name.end(), plain))
            complain(child(at, "name"),
                     fmt::format("\"{}\" is no name for a connector: only letters, digits, - and _", entry.name));
        else if (!entry.name.empty() && !names_.insert(entry.schema + "-" + entry.name).second)
            complain(child(at, "name"),
                     fmt::format("there are two connectors \"{}\" of schema \"{}\": give one another name", entry.name,
                                 entry.schema));
    }

    std::vector<std::string> tables(const std::string& at, const Json& json) {
        std::vector<std::string> names;
        const auto found = json.find("tables");
        if (found == json.end() || !found->is_array() || found->empty()) {
            complain(found == json.end() ? at : child(at, "tables"),
                     "\"tables\" must be a list of at least one table name");
            return names;
        }
        for (size_t i = 0; i < found->size(); ++i) {
            if ((*found)[i].is_string() && !(*found)[i].get_ref<const std::string&>().empty())
                names.push_back((*found)[i]);
            else complain(child(child(at, "tables"), i), "a table's name must be a text");
        }
        return names;
    }

    // Two tables whose names differ only in what Kafka forbids would share one topic; so would a table listed twice.
    void check_topics(const std::string& at, const ConnectorEntry& entry) {
        for (size_t i = 0; i < entry.tables.size(); ++i) {
            const auto place = child(child(at, "tables"), i);
            const auto table = entry.schema + "." + entry.tables[i];
            if (!tables_.insert(table).second)
                complain(place, fmt::format("table {} is listed twice: each table belongs to one connector", table));
            else if (!topics_.insert(topic_part(table)).second)
                complain(
                    place,
                    fmt::format(
                        "table {} would share the topic …{} with another table: capture it under another topic prefix",
                        table, topic_part(table)));
        }
    }

    bool flag(const std::string& at, const Json& json, const char* key, bool otherwise) {
        const auto found = json.find(key);
        if (found == json.end()) return otherwise;
        if (!found->is_boolean()) complain(child(at, key), fmt::format("\"{}\" must be true or false", key));
        return found->is_boolean() ? found->get<bool>() : otherwise;
    }

    std::map<std::string, std::string> overrides(const std::string& at, const Json& json) {
        std::map<std::string, std::string> properties;
        const auto found = json.find("overrides");
        if (found == json.end()) return properties;
        const auto here = child(at, "overrides");
        if (!found->is_object()) {
            complain(here, "\"overrides\" must be an object of connector properties");
            return properties;
        }
        for (const auto& [key, value] : found->items()) {
            if (value.is_structured() || value.is_null())
                complain(child(here, key), fmt::format("\"{}\" must be a text, a number, true or false", key));
            else properties[key] = value.is_string() ? value.get<std::string>() : value.dump();
        }
        return properties;
    }

    bool expect_object(const std::string& at, const Json& json, const std::vector<std::string>& keys) {
        if (!json.is_object()) {
            complain(at, "must be an object {…}");
            return false;
        }
        for (const auto& [key, value] : json.items()) {
            if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
            const auto near = config::nearest(key, keys);
            complain(child(at, key),
                     fmt::format("\"{}\" is unknown here; {}{}", key, near.empty() ? "known are " : "did you mean ",
                                 near.empty() ? fmt::format("{}", fmt::join(keys, ", ")) : near + "?"));
        }
        return true;
    }

    void complain(const std::string& pointer, std::string text) {
        problems_.push_back({located_.place(pointer), std::move(text)});
    }

    const LocatedJson& located_;
    std::vector<Problem>& problems_;
    std::set<std::string> names_;
    std::set<std::string> tables_;
    std::set<std::string> topics_;
};

}  // namespace

std::vector<ConnectorEntry> read_connector_config(std::string_view text, const std::string& file) {
    std::vector<Problem> problems;
    const auto located = parse_located(text, file, problems);
    config::throw_if_any(problems);
    auto entries = ConfigReader(located, problems).read();
    config::throw_if_any(problems);
    return entries;
}

}  // namespace pintail::connect
