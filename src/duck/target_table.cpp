#include "duck/target_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/error.hpp"
#include "duck/quote.hpp"

namespace pintail::duck {
namespace {

// DuckDB folds ASCII letters only.
bool equal_but_for_case(const std::string& a, const std::string& b) {
    const auto same = [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

int column_index(const TableSchema& schema, const std::string& name) {
    for (size_t index = 0; index < schema.columns.size(); ++index) {
        if (schema.columns[index].name == name) return static_cast<int>(index);
    }
    return -1;
}

size_t target_index(const Relation& relation, const std::string& source_name) {
    for (size_t index = 0; index < relation.columns.size(); ++index) {
        if (relation.columns[index].source_name == source_name) return index;
    }
    throw Error(ErrorKind::internal, fmt::format("table {}.{}: column {} has no place in the target", relation.schema,
                                                 relation.name, source_name));
}

}  // namespace

std::string Relation::sql() const {
    return quote_name(catalog) + "." + quote_name(schema) + "." + quote_name(name);
}

const TargetColumn* Relation::find_source(const std::string& source_name) const {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const TargetColumn& c) { return c.source_name == source_name; });
    return found == columns.end() ? nullptr : &*found;
}

Binding bind(const Relation& relation, const std::shared_ptr<const TableSchema>& schema) {
    Binding binding{schema, {}, {}};
    for (const TargetColumn& column : relation.columns) {
        binding.batch_column.push_back(column.source_name.empty() ? -1 : column_index(*schema, column.source_name));
    }
    for (const ColumnSchema& column : schema->columns) target_index(relation, column.name);
    for (const uint32_t key : schema->key) {
        binding.key_columns.push_back(target_index(relation, schema->columns[key].name));
    }
    return binding;
}

ColumnType storable(const ColumnType& type) {
    ColumnType result = type;
    std::vector<std::string> taken;
    for (Field& field : result.fields) {
        field.type = storable(field.type);
        if (type.kind == TypeKind::structure) field.name = distinct_name(field.name, taken);
        taken.push_back(field.name);
    }
    return result;
}

TableName distinct_table_name(const TableName& wanted, const std::vector<TableName>& taken) {
    TableName name{distinct_name(wanted.schema, {kStateSchema, "information_schema", "pg_catalog"}), ""};
    std::vector<std::string> tables;
    for (const TableName& other : taken) {
        if (equal_but_for_case(other.schema, name.schema)) tables.push_back(other.table);
    }
    name.table = distinct_name(wanted.table, tables);
    return name;
}

std::string distinct_name(const std::string& wanted, const std::vector<std::string>& taken) {
    const auto is_taken = [&](const std::string& name) {
        return std::any_of(taken.begin(), taken.end(),
                           [&](const std::string& other) { return equal_but_for_case(name, other); });
    };
    std::string name = wanted;
    for (int number = 2; is_taken(name); ++number) name = fmt::format("{}_{}", wanted, number);
    return name;
}

}  // namespace pintail::duck
