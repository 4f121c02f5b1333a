// A column that comes as another type than the target has it: what is done about that.
#pragma once

#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/table_schema.hpp"
#include "duck/connection.hpp"
#include "duck/target_options.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// The target cannot take in the table's new shape without loss, or may not.
class UnfollowableChange : public Error {
public:
    UnfollowableChange(TableName table, const std::string& why)
        : Error(ErrorKind::schema, why), table_(std::move(table)) {}
    const TableName& table() const { return table_; }

private:
    TableName table_;
};

struct RetypedColumn {
    const ColumnSchema* column;
    TargetColumn* target;
    std::string cast;  // SQL that makes the new value of the old one; empty: DuckDB's own, which loses nothing
};

struct TypeAnswer {
    bool retyped = false;   // the target's column gets the sent type
    std::string cast;       // as in RetypedColumn
    bool replaced = false;  // another column takes its place
};

// Of a column that both sides have. Changes nothing. Throws UnfollowableChange.
TypeAnswer answer_type(const Connection& connection, const Relation& relation, const TableSchema& schema,
                       const ColumnSchema& column, const TargetColumn& target, TypeChanges policy);

}  // namespace pintail::duck
