// One statement over what stands in a table under the keys of a RowBatch.
//
// Few keys go one by one, as parameters, many in one join with the keys where they lie (RowFeed); what "few" is turns
// on the table, and is measured while the stream runs (KeyCost). Keys that cannot stand in the table are not looked for
// (FreshKeys). One per bound relation and purpose, on the loader's thread; made anew after an Error or a new shape.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/row_batch.hpp"
#include "duck/connection.hpp"
#include "duck/fresh_keys.hpp"
#include "duck/key_cost.hpp"
#include "duck/row_feed.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// How the keys stand in the SQL; the table is to be t there.
struct KeysInSql {
    std::string relation;   // "f() AS s", to be joined; empty: the key is parameters
    std::string condition;  // of t's row: it has the key (and NULL where it is to have it)
    std::string index;      // BIGINT: which of the keys it is, counted from 0
};

class KeyStatement {
public:
    using MakeSql = std::function<std::string(const KeysInSql&)>;
    // `indexes[n]`: which of the rows that were asked for the statement's n-th key is.
    using OnResult = std::function<void(const Result&, const std::vector<uint32_t>& indexes)>;

    // Borrows the first three. `null_column`: quoted name of a TIMESTAMPTZ that must be NULL in t's row, too; empty:
    // none. The condition is not for `make_sql`: DuckDB would plan IS NULL by what the statistics say at that time, and
    // the plan is used for long (docs/correctness.md).
    KeyStatement(const Connection& connection, const Relation& relation, const Binding& binding, MakeSql make_sql,
                 std::string null_column = "")
        : connection_(connection),
          relation_(relation),
          binding_(binding),
          make_sql_(std::move(make_sql)),
          null_column_(std::move(null_column)),
          fresh_(connection, relation, binding) {}

    // For the keys of `rows`; as many results as it took statements.
    void run(const RowBatch& batch, const std::vector<uint32_t>& rows, const OnResult& on_result);

    // The keys of `rows` were appended.
    void note_appended(const RowBatch& batch, const std::vector<uint32_t>& rows);
    // So many rows of a first copy were appended; their keys were not looked at.
    void note_copied(size_t rows);

private:
    bool can_bind_all() const;
    void run_one_by_one(const RowBatch& batch, const std::vector<uint32_t>& rows, const std::vector<uint32_t>& indexes,
                        const OnResult& on_result);
    void run_joined(const RowBatch& batch, const std::vector<uint32_t>& rows, const std::vector<uint32_t>& indexes,
                    const OnResult& on_result);
    void bind_key(const RowBatch& batch, uint32_t row);
    void prepare_one();
    void make_feed();
    void prepare_join();
    std::string key_column(size_t index) const;
    std::string cast_to_target(size_t index) const;
    std::string is_null(const std::string& null) const;

    const Connection& connection_;
    const Relation& relation_;
    const Binding& binding_;
    MakeSql make_sql_;
    std::string null_column_;
    FreshKeys fresh_;
    std::optional<Statement> one_;
    std::optional<RowFeed> feed_;
    std::optional<Statement> joined_;
    uint64_t appended_ = 0;            // rows, by this run …
    uint64_t plan_is_good_until_ = 0;  // … and how many there may be before the join is planned anew
    KeyCost cost_;
};

}  // namespace pintail::duck
