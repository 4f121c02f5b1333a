// Deleting rows of one table by the keys of a RowBatch.
//
// Few keys go one by one, many in one join with the keys where they lie (RowFeed); what "few" is turns on the table,
// and is measured while the stream runs. Keys above the highest one that the table has ever held (as DuckDB itself
// said, then followed append by append) are not looked for: that is a proof, not a guess, so rows cannot double by it
// (docs/correctness.md, "Fresh keys"). One per bound relation, on the loader's thread; made anew after an Error or a
// new shape.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/row_batch.hpp"
#include "duck/connection.hpp"
#include "duck/delete_cost.hpp"
#include "duck/row_feed.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

class KeyDeleter {
public:
    // Borrows all three.
    KeyDeleter(const Connection& connection, const Relation& relation, const Binding& binding);

    // Deletes what stands under the keys of `rows`; answers how many rows went.
    uint64_t delete_keys(const RowBatch& batch, const std::vector<uint32_t>& rows);

    // The keys of `rows` were appended.
    void note_appended(const RowBatch& batch, const std::vector<uint32_t>& rows);

    // So many rows of a first copy were appended; their keys were not looked at.
    void note_copied(size_t rows);

private:
    bool is_serial() const;
    void learn_highest();
    std::vector<uint32_t> possible(const RowBatch& batch, const std::vector<uint32_t>& rows) const;
    uint64_t delete_there(const RowBatch& batch, const std::vector<uint32_t>& rows);
    bool can_bind_all() const;
    uint64_t delete_one_by_one(const RowBatch& batch, const std::vector<uint32_t>& rows);
    uint64_t delete_joined(const RowBatch& batch, const std::vector<uint32_t>& rows);
    void make_feed();
    void prepare_join();
    std::string key_column(size_t index) const;

    const Connection& connection_;
    const Relation& relation_;
    const Binding& binding_;
    std::optional<Statement> delete_one_;
    std::optional<RowFeed> feed_;
    std::optional<Statement> delete_joined_;
    uint64_t appended_ = 0;            // rows, by this run …
    uint64_t plan_is_good_until_ = 0;  // … and how many there may be before the join is planned anew
    DeleteCost cost_;
    std::optional<int64_t> highest_;  // no key of the table is above; nullopt: not asked yet, or not that kind of key
};

}  // namespace pintail::duck
