#include "postgres/type_lookup.hpp"

namespace pintail::postgres {
namespace {

// Walks down: a domain to what it stands for (its modifier wins), an array to its element, once.
constexpr const char* kResolve = R"sql(
WITH RECURSIVE step(oid, modifier, is_array, depth) AS (
    SELECT $1::oid, $2::int, false, 0
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END,
           CASE WHEN t.typtype = 'd' AND t.typtypmod <> -1 THEN t.typtypmod ELSE s.modifier END,
           s.is_array OR t.typtype <> 'd',
           s.depth + 1
    FROM step s JOIN pg_type t ON t.oid = s.oid
    WHERE t.typtype = 'd'
       OR NOT s.is_array AND EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid))
SELECT t.typname, t.typtype, s.modifier, s.is_array, format_type($1::oid, $2::int), t.typdelim
FROM step s JOIN pg_type t ON t.oid = s.oid ORDER BY s.depth DESC LIMIT 1
)sql";

SourceType read_type(const Result& result) {
    SourceType type;
    type.name = result.text(0, 0);
    type.category = result.text(0, 1);
    type.modifier = static_cast<int32_t>(result.number(0, 2));
    type.is_array = result.flag(0, 3);
    type.formatted = result.text(0, 4);
    type.delimiter = result.text(0, 5)[0];
    return type;
}

}  // namespace

SourceType TypeLookup::find(uint32_t oid, int32_t modifier) {
    const auto known = known_.find({oid, modifier});
    if (known != known_.end()) return known->second;
    const auto result = connection_.exec(kResolve, {std::to_string(oid), std::to_string(modifier)});
    if (result.rows() > 0) return known_.emplace(std::pair{oid, modifier}, read_type(result)).first->second;
    SourceType unknown;
    unknown.formatted = "type " + std::to_string(oid);
    return unknown;
}

}  // namespace pintail::postgres
