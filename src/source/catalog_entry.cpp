#include "source/catalog_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace pintail::source {
namespace {

using Json = nlohmann::json;

// Postgres writes oids and xids as texts.
uint32_t number(const Json& text) {
    return static_cast<uint32_t>(std::stoul(text.get<std::string>()));
}

CatalogColumn read_column(const Json& json) {
    CatalogColumn column{json.at("attnum"),
                         json.at("name"),
                         number(json.at("type")),
                         json.at("modifier"),
                         json.at("not_null"),
                         number(json.at("xid")),
                         {}};
    for (const Json& value : json.at("missing").is_null() ? Json::array() : json.at("missing")) {
        column.missing.push_back(value.is_null() ? std::nullopt : std::optional(value.get<std::string>()));
    }
    return column;
}

CatalogMember read_member(const Json& json) {
    CatalogMember member{number(json.at("file")), json.at("born")};
    if (const auto joined = json.find("joined"); joined != json.end() && !joined->is_null())
        member.joined = number(*joined);
    return member;
}

std::map<uint32_t, std::string> read_texts(const Json& json) {
    std::map<uint32_t, std::string> texts;
    if (json.is_null()) return texts;
    for (const auto& [oid, text] : json.items())
        texts.emplace(static_cast<uint32_t>(std::stoul(oid)), text.is_null() ? "" : text.get<std::string>());
    return texts;
}

CatalogEntry read(const Json& json) {
    CatalogEntry entry;
    entry.oid = number(json.at("oid"));
    entry.name = {json.at("schema"), json.at("table")};
    if (!json.at("columns").is_null()) {
        for (const Json& column : json.at("columns")) entry.columns.push_back(read_column(column));
    }
    entry.last_attnum = json.at("last_attnum");
    if (!json.at("key").is_null()) entry.key = json.at("key").get<std::vector<std::string>>();
    if (!json.at("key_index").is_null()) entry.key_index = number(json.at("key_index"));
    entry.identity = json.at("identity").get<std::string>().at(0);
    entry.updates = json.at("updates");
    entry.filter = json.at("filter");
    if (json.contains("ways")) entry.ways = json.at("ways").get<std::set<std::string>>();
    if (json.contains("publications")) {
        for (const Json& oid : json.at("publications")) entry.publications.insert(number(oid));
    }
    for (const Json& member : json.at("members")) entry.members[number(member.at("oid"))] = read_member(member);
    entry.labels = read_texts(json.at("labels"));
    entry.composites = read_texts(json.at("composites"));
    return entry;
}

// `entry` with another text; what was known of it beside the text stays.
std::shared_ptr<CatalogEntry> rewritten(const CatalogEntry& entry, const Json& json) {
    auto other = std::make_shared<CatalogEntry>(read_catalog_entry(json.dump()));
    other->read = entry.read;
    other->cut = entry.cut;
    return other;
}

}  // namespace

CatalogEntry read_catalog_entry(const std::string& text) {
    try {
        CatalogEntry entry = read(Json::parse(text));
        entry.text = text;
        return entry;
    } catch (const std::exception& problem) {
        throw Error(ErrorKind::internal,
                    fmt::format("a table's entry of the source's catalog cannot be read: {}", problem.what()));
    }
}

const CatalogColumn* find_column(const CatalogEntry& entry, int16_t attnum) {
    const auto found = std::find_if(entry.columns.begin(), entry.columns.end(),
                                    [&](const CatalogColumn& column) { return column.attnum == attnum; });
    return found == entry.columns.end() ? nullptr : &*found;
}

bool has_columns_of(const CatalogEntry& entry, const wire::PgRelation& relation) {
    return std::equal(entry.columns.begin(), entry.columns.end(), relation.attributes.begin(),
                      relation.attributes.end(),
                      [](const CatalogColumn& column, const wire::PgRelation::Attribute& attribute) {
                          return column.name == attribute.name && column.type == attribute.type &&
                                 column.modifier == attribute.modifier;
                      });
}

std::shared_ptr<const CatalogEntry> as_announced(std::shared_ptr<const CatalogEntry> entry, int16_t last_attnum,
                                                 const wire::PgRelation& relation) {
    const size_t announced = relation.attributes.size();
    if (entry->columns.size() <= announced || entry->columns[announced].attnum <= last_attnum) return entry;
    Json json = Json::parse(entry->text);
    auto& columns = json["columns"].get_ref<Json::array_t&>();
    columns.resize(announced);
    json["last_attnum"] = announced == 0 ? 0 : std::max(last_attnum, entry->columns[announced - 1].attnum);
    auto earlier = rewritten(*entry, json);
    earlier->cut = true;
    return earlier;
}

std::shared_ptr<const CatalogEntry> with_moved_way(std::shared_ptr<const CatalogEntry> entry, const std::string& before,
                                                   const std::string& now) {
    if (!entry || entry->ways != std::set{before}) return entry;
    Json json = Json::parse(entry->text);
    json["ways"] = std::vector{now};
    return rewritten(*entry, json);
}

std::shared_ptr<const CatalogEntry> with_name(const std::shared_ptr<const CatalogEntry>& entry, const TableName& name) {
    Json json = Json::parse(entry->text);
    json["schema"] = name.schema;
    json["table"] = name.table;
    return rewritten(*entry, json);
}

wire::PgRelation announcement_of(const CatalogEntry& entry) {
    wire::PgRelation relation{entry.oid, entry.name, entry.identity, {}};
    for (const CatalogColumn& column : entry.columns) {
        const bool in_key = std::find(entry.key.begin(), entry.key.end(), column.name) != entry.key.end();
        relation.attributes.push_back({in_key || entry.identity == 'f', column.name, column.type, column.modifier});
    }
    return relation;
}

}  // namespace pintail::source
