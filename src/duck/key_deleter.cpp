#include "duck/key_deleter.hpp"

#include <fmt/format.h>

namespace pintail::duck {
namespace {

std::string delete_from(const Relation& relation, const KeysInSql& keys) {
    return fmt::format("DELETE FROM {} AS t{} WHERE {}", relation.sql(),
                       keys.relation.empty() ? "" : " USING " + keys.relation, keys.condition);
}

}  // namespace

KeyDeleter::KeyDeleter(const Connection& connection, const Relation& relation, const Binding& binding)
    : delete_(connection, relation, binding,
              [&relation](const KeysInSql& keys) { return delete_from(relation, keys); }) {}

uint64_t KeyDeleter::delete_keys(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    uint64_t removed = 0;
    delete_.run(batch, rows, [&](const Result& result, const auto&) { removed += result.rows_changed(); });
    return removed;
}

}  // namespace pintail::duck
