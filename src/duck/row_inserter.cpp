#include "duck/row_inserter.hpp"

#include <fmt/format.h>

namespace pintail::duck {

void RowInserter::insert(const std::vector<ColumnSource>& sources, const std::vector<const ColumnType*>& target_types,
                         size_t rows) {
    if (!insert_) prepare(sources, target_types);
    std::vector<ColumnSource> fed;
    for (const size_t index : fed_) fed.push_back(sources[index]);
    feed_->show(std::move(fed), rows);
    insert_->execute();
    feed_->show_nothing();
}

// The types of the sources are the batch's schema's, which is one as long as the relation is bound.
void RowInserter::prepare(const std::vector<ColumnSource>& sources,
                          const std::vector<const ColumnType*>& target_types) {
    std::vector<ColumnType> types;
    std::string cells;
    for (size_t index = 0; index < sources.size(); ++index) {
        const ColumnType* type = sources[index].column != nullptr ? sources[index].type : target_types[index];
        cells += index == 0 ? "" : ", ";
        if (type == nullptr) {
            cells += "NULL";
            continue;
        }
        fed_.push_back(index);
        types.push_back(*type);
        cells += fmt::format("c{}", types.size());
    }
    feed_.emplace(connection_, std::move(types));
    insert_.emplace(connection_,
                    fmt::format("INSERT INTO {} SELECT {} FROM {}()", relation_.sql(), cells, feed_->function()));
}

}  // namespace pintail::duck
