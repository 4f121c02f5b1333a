// Mode mirror: the target's table is equal to the source's (docs/correctness.md, "Applying").
#pragma once

#include "duck/key_deleter.hpp"
#include "duck/row_writer.hpp"
#include "duck/table_writer.hpp"

namespace pintail::duck {

class MirrorWriter : public TableWriter {
public:
    explicit MirrorWriter(const WriterPlace& place)
        : place_(place),
          inserter_(place.connection, place.relation),
          keys_(place.connection, place.relation, place.binding) {}

    void write(const RowBatch& rows, ApplyResult& result) override;
    void truncate(const RowOrigin& origin, ApplyResult& result) override;

private:
    WriterPlace place_;
    RowInserter inserter_;
    KeyDeleter keys_;
};

// Last state per key: delete the touched keys, append the survivors.
void write_keyed(const WriteJob& job, KeyDeleter& keys);

// Every insert is added, every remove takes exactly one row with the same bits.
void write_multiset(const WriteJob& job);

}  // namespace pintail::duck
