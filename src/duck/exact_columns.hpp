// Columns beside others that keep what those cannot hold (ExactCell): in the target COLUMN__exact, of type VARCHAR,
// NULL where the column itself has the value.
//
// Only the loader knows them: sources mark values, and here each RowBatch gets the columns that its table has, or has
// to get for one of its rows. From there on they are columns like any other: hoisted in front of the batch's rows when
// they are new, unchanged where their column is, compared when a multiset's row goes.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/batch.hpp"
#include "duck/table_store.hpp"

namespace pintail::duck {

class ExactColumns {
public:
    explicit ExactColumns(TableStore& tables) : tables_(tables) {}

    // Extends the batch's rows in place. Rows of one shape get one schema object, from batch to batch.
    void extend(Batch& batch);

private:
    using Names = std::set<std::string>;
    struct Extended {
        std::shared_ptr<const TableSchema> from;
        std::vector<uint32_t> columns;  // of `from`: those with a column beside them
        std::shared_ptr<const TableSchema> schema;
    };

    std::vector<std::shared_ptr<Names>> needed_by(const Batch& batch) const;
    Names known(const TableName& name) const;
    const Extended& extended(const std::shared_ptr<const TableSchema>& schema, const Names& columns);

    TableStore& tables_;
    std::map<TableName, Extended> last_;
};

}  // namespace pintail::duck
