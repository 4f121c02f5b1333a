#include "core/table_schema.hpp"

#include <algorithm>
#include <string_view>

namespace pintail {

std::string to_string(const TableName& name) {
    return name.schema + "." + name.table;
}

namespace {

constexpr std::string_view kExactSuffix{"\0exact", 6};

}  // namespace

std::string exact_column_name(const std::string& column) {
    return column + std::string(kExactSuffix);
}

std::optional<std::string> column_of_exact(const std::string& name) {
    if (!name.ends_with(kExactSuffix)) return std::nullopt;
    return name.substr(0, name.size() - kExactSuffix.size());
}

std::string shown_column_name(const std::string& name) {
    const auto column = column_of_exact(name);
    return column ? *column + "__exact" : name;
}

bool same_shape(const TableSchema& a, const TableSchema& b) {
    const auto same_column = [](const ColumnSchema& x, const ColumnSchema& y) {
        return x.name == y.name && x.type == y.type;
    };
    return a.key == b.key &&
           std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), same_column);
}

}  // namespace pintail
