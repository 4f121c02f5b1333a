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

// What stands beside a column goes with it.
std::set<std::string> names_after(const Reshape& reshape, const std::set<std::string>& names) {
    std::set<std::string> after;
    for (const std::string& name : names) {
        if (std::find(reshape.dropped.begin(), reshape.dropped.end(), name) != reshape.dropped.end()) continue;
        const auto found = std::find_if(reshape.renamed.begin(), reshape.renamed.end(),
                                        [&](const ColumnRename& one) { return one.from == name; });
        after.insert(found == reshape.renamed.end() ? name : found->to);
    }
    return after;
}

}  // namespace

void ExactColumns::extend(Batch& batch) {
    const auto needed = needed_by(batch);
    for (size_t step = 0; step < batch.steps.size(); ++step) {
        auto* rows = std::get_if<RowBatch>(&batch.steps[step]);
        if (rows == nullptr || needed[step]->empty()) continue;
        const Extended& as = extended(rows->schema, *needed[step]);
        for (const uint32_t column : as.columns) rows->columns.push_back(exact_cells(*rows, column));
        rows->schema = as.schema;
        rows->exact_cells.clear();
    }
}

// Per step with rows. All rows of a table between two changes of its shape get the same columns.
std::vector<std::shared_ptr<ExactColumns::Names>> ExactColumns::needed_by(const Batch& batch) const {
    std::vector<std::shared_ptr<Names>> needed(batch.steps.size());
    std::map<TableName, std::shared_ptr<Names>> now;
    const auto of = [&](const TableName& name) -> std::shared_ptr<Names>& {
        const auto [names, is_new] = now.try_emplace(name);
        if (is_new) names->second = std::make_shared<Names>(known(name));
        return names->second;
    };
    for (size_t step = 0; step < batch.steps.size(); ++step) {
        if (const auto* renamed = std::get_if<TableRename>(&batch.steps[step])) {
            now[renamed->to] = of(renamed->from);
            now[renamed->from] = std::make_shared<Names>();
        }
        if (const auto* reshape = std::get_if<Reshape>(&batch.steps[step])) {
            auto& names = of(reshape->schema->name);
            names = std::make_shared<Names>(names_after(*reshape, *names));
        }
        const auto* rows = std::get_if<RowBatch>(&batch.steps[step]);
        if (rows == nullptr) continue;
        needed[step] = of(rows->schema->name);
        for (const ExactCell& cell : rows->exact_cells) needed[step]->insert(rows->schema->columns[cell.column].name);
    }
    return needed;
}

// Where the target has such a column, rows have to say NULL in it, too.
ExactColumns::Names ExactColumns::known(const TableName& name) const {
    Names columns;
    const TargetTable* table = tables_.find(name);
    if (table == nullptr) return columns;
    for (const Relation* relation : {&table->visible, table->shadow ? &*table->shadow : nullptr}) {
        if (relation == nullptr) continue;
        for (const TargetColumn& column : relation->columns) {
            if (const auto of = column.gone ? std::nullopt : column_of_exact(column.source_name)) columns.insert(*of);
        }
    }
    return columns;
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
