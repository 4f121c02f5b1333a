// Which keys of a batch may stand in a table already.
//
// Keys above the highest one that the table has ever held (as DuckDB itself said, then followed append by append) are
// not looked for: that is a proof, not a guess, so rows cannot double by it (docs/correctness.md, "Applying").
// One per bound relation, on the loader's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/row_batch.hpp"
#include "duck/connection.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

class FreshKeys {
public:
    // Borrows all three.
    FreshKeys(const Connection& connection, const Relation& relation, const Binding& binding)
        : connection_(connection), relation_(relation), binding_(binding) {}

    // Indexes of those of `rows` whose key may stand in the table, ascending.
    std::vector<uint32_t> possible(const RowBatch& batch, const std::vector<uint32_t>& rows);

    // The keys of `rows` were appended.
    void note_appended(const RowBatch& batch, const std::vector<uint32_t>& rows);
    // Others were appended, too: DuckDB is asked again.
    void forget() { highest_.reset(); }

private:
    bool is_serial() const;
    void learn_highest();

    const Connection& connection_;
    const Relation& relation_;
    const Binding& binding_;
    std::optional<int64_t> highest_;  // no key of the table is above; nullopt: not asked yet, or not that kind of key
};

}  // namespace pintail::duck
