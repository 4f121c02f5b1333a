#include "duck/few_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pintail::duck {

bool FewRows::append(const std::vector<ColumnSource>& sources, const std::vector<const ColumnType*>& target_types,
                     size_t rows) {
    const bool known = std::find(target_types.begin(), target_types.end(), nullptr) == target_types.end();
    if (rows > duckdb_vector_size() || !known) return false;
    if (!insert_) prepare(sources, target_types);
    feed_->show(sources, rows);
    insert_->execute();
    feed_->show_nothing();
    return true;
}

// The types of the sources are the batch's schema's, which is one as long as the relation is bound.
void FewRows::prepare(const std::vector<ColumnSource>& sources, const std::vector<const ColumnType*>& target_types) {
    std::vector<ColumnType> types;
    for (size_t index = 0; index < sources.size(); ++index) {
        types.push_back(sources[index].column != nullptr ? *sources[index].type : *target_types[index]);
    }
    feed_.emplace(connection_, std::move(types));
    insert_.emplace(connection_, fmt::format("INSERT INTO {} SELECT * FROM {}()", relation_.sql(), feed_->function()));
}

}  // namespace pintail::duck
