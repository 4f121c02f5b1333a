#include "wire/pg_layout.hpp"

#include <algorithm>

namespace pintail::wire {
namespace {

// In column order, whoever names the key: the catalog knows the index's order, RELATION only which columns it has.
std::vector<uint32_t> key_indexes(const std::vector<PgColumn>& columns, const std::vector<std::string>& key) {
    std::vector<uint32_t> indexes;
    for (uint32_t i = 0; i < columns.size(); ++i) {
        if (std::find(key.begin(), key.end(), columns[i].name) != key.end()) indexes.push_back(i);
    }
    if (indexes.size() != key.size()) indexes.clear();
    return indexes;
}

}  // namespace

PgLayout make_pg_layout(const TableName& name, const std::vector<PgColumn>& columns,
                        const std::vector<std::string>& key) {
    PgLayout layout;
    auto schema = std::make_shared<TableSchema>();
    schema->name = name;
    schema->key = key_indexes(columns, key);
    for (const PgColumn& column : columns) {
        layout.cells.push_back(plan_pg_cell(column.type, column.policy));
        schema->columns.push_back({column.name, layout.cells.back().type, column.type.formatted, column.default_cell});
    }
    layout.schema = std::move(schema);
    return layout;
}

}  // namespace pintail::wire
