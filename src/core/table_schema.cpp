#include "core/table_schema.hpp"

#include <algorithm>

namespace pintail {

std::string to_string(const TableName& name) {
    return name.schema + "." + name.table;
}

bool same_shape(const TableSchema& a, const TableSchema& b) {
    const auto same_column = [](const ColumnSchema& x, const ColumnSchema& y) {
        return x.name == y.name && x.type == y.type;
    };
    return a.key == b.key && std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), same_column);
}

}  // namespace pintail
