#include "duck/row_finder.hpp"

#include <fmt/format.h>

namespace pintail::duck {

std::vector<FoundRow> found_rows(const Result& result) {
    std::vector<FoundRow> found;
    while (const auto chunk = result.next()) {
        for (size_t row = 0; row < chunk->rows(); ++row) {
            found.push_back({static_cast<uint32_t>(chunk->at<int64_t>(0, row)), chunk->at<int64_t>(1, row),
                             chunk->at<int64_t>(2, row)});
        }
    }
    return found;
}

RowFinder::RowFinder(const Connection& connection, const Relation& relation, const Binding& binding,
                     const std::string& value, std::string null_column)
    : find_(
          connection, relation, binding,
          [&relation, value](const KeysInSql& keys) {
              return fmt::format("SELECT {}, t.rowid, {} FROM {} AS t{} WHERE {}", keys.index, value, relation.sql(),
                                 keys.relation.empty() ? "" : ", " + keys.relation, keys.condition);
          },
          std::move(null_column)) {}

std::vector<FoundRow> RowFinder::find(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    std::vector<FoundRow> found;
    find_.run(batch, rows, [&](const Result& result, const std::vector<uint32_t>& indexes) {
        for (FoundRow row : found_rows(result)) {
            row.index = indexes[row.index];
            found.push_back(row);
        }
    });
    return found;
}

}  // namespace pintail::duck
