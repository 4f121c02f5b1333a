// Deleting rows of one table by the keys of a RowBatch. One per bound relation, on the loader's thread; made anew after
// an Error or a new shape.
#pragma once

#include <cstdint>
#include <vector>

#include "duck/key_statement.hpp"

namespace pintail::duck {

class KeyDeleter {
public:
    // Borrows all three.
    KeyDeleter(const Connection& connection, const Relation& relation, const Binding& binding);

    // Deletes what stands under the keys of `rows`; answers how many rows went.
    uint64_t delete_keys(const RowBatch& batch, const std::vector<uint32_t>& rows);

    // The keys of `rows` were appended.
    void note_appended(const RowBatch& batch, const std::vector<uint32_t>& rows) { delete_.note_appended(batch, rows); }

    // So many rows of a first copy were appended; their keys were not looked at.
    void note_copied(size_t rows) { delete_.note_copied(rows); }

private:
    KeyStatement delete_;
};

}  // namespace pintail::duck
