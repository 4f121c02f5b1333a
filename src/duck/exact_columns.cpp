#include "duck/exact_columns.hpp"

#include <algorithm>

namespace pintail::duck {
namespace {

Column exact_cells(const RowBatch& rows, uint32_t column) {
    static const ColumnType kText{TypeKind::varchar};
    Column cells(kText);
    cells.reserve(rows.rows());
    auto next = rows.exact_cells.begin();
    for (size_t row = 0; row < rows.rows(); ++row) {
        while (next != rows.exact_cells.end() && (next->row < row || (next->row == row && next->column != column)))
            ++next;
        if (next != rows.exact_cells.end() && next->row == row) cells.push(make_string_cell(next->text));
        else if (rows.columns[column].is_unchanged(row)) cells.push_unchanged();
        else cells.push_null();
    }
    return cells;
}

}  // namespace

void ExactColumns::extend(Batch& batch) {
    auto needed = needed_by(batch);
    for (Step& step : batch.steps) {
        auto* rows = std::get_if<RowBatch>(&step);
        if (rows == nullptr) continue;
        const Names& columns = needed.at(rows->schema->name);
        if (columns.empty()) continue;
        const Extended& as = extended(rows->schema, columns);
        for (const uint32_t column : as.columns) rows->columns.push_back(exact_cells(*rows, column));
        rows->schema = as.schema;
        rows->exact_cells.clear();
    }
}

std::map<TableName, ExactColumns::Names> ExactColumns::needed_by(const Batch& batch) const {
    std::map<TableName, Names> needed;
    for (const Step& step : batch.steps) {
        const auto* rows = std::get_if<RowBatch>(&step);
        if (rows == nullptr) continue;
        const auto [columns, is_new] = needed.try_emplace(rows->schema->name);
        if (is_new) add_known(columns->first, columns->second);
        for (const ExactCell& cell : rows->exact_cells) columns->second.insert(rows->schema->columns[cell.column].name);
    }
    return needed;
}

// Where the target has such a column, rows have to say NULL in it, too.
void ExactColumns::add_known(const TableName& name, Names& columns) const {
    const TargetTable* table = tables_.find(name);
    if (table == nullptr) return;
    for (const Relation* relation : {&table->visible, table->shadow ? &*table->shadow : nullptr}) {
        if (relation == nullptr) continue;
        for (const TargetColumn& column : relation->columns) {
            if (const auto of = column.gone ? std::nullopt : column_of_exact(column.source_name)) columns.insert(*of);
        }
    }
}

const ExactColumns::Extended& ExactColumns::extended(const std::shared_ptr<const TableSchema>& schema,
                                                     const Names& columns) {
    Extended& last = last_[schema->name];
    std::vector<uint32_t> wanted;
    for (uint32_t index = 0; index < schema->columns.size(); ++index) {
        if (columns.contains(schema->columns[index].name)) wanted.push_back(index);
    }
    if (last.from == schema && last.columns == wanted) return last;
    auto wider = std::make_shared<TableSchema>(*schema);
    for (const uint32_t index : wanted) {
        const ColumnSchema& column = schema->columns[index];
        wider->columns.push_back(
            {exact_column_name(column.name), {TypeKind::varchar}, column.source_type + " as text", nullptr});
    }
    last = {schema, std::move(wanted), std::move(wider)};
    return last;
}

}  // namespace pintail::duck
