// What happens to a table's rows, written into one relation of the target the way of the table's mode.
//
// One per bound relation, on the loader's thread, inside its transaction; made anew after an Error or a new shape.
#pragma once

#include <memory>

#include "core/batch.hpp"
#include "core/destination.hpp"
#include "duck/connection.hpp"
#include "duck/quarantine_store.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// Borrowed for the writer's life.
struct WriterPlace {
    const Connection& connection;
    QuarantineStore& quarantine;
    const Relation& relation;
    const Binding& binding;
};

class TableWriter {
public:
    virtual ~TableWriter() = default;

    // `rows` have the schema that the place is bound to.
    virtual void write(const RowBatch& rows, ApplyResult& result) = 0;
    virtual void truncate(const RowOrigin& origin, ApplyResult& result) = 0;
};

std::unique_ptr<TableWriter> make_table_writer(TableMode mode, const WriterPlace& place);

}  // namespace pintail::duck
