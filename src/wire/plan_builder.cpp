#include "wire/plan_builder.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "wire/catalog_plan.hpp"
#include "wire/cell_decoders.hpp"
#include "wire/connect_plan.hpp"
#include "wire/inferred_plan.hpp"
#include "wire/json_string.hpp"
#include "wire/pg_cells.hpp"

namespace pintail::wire {
namespace {

// A default's cell keeps the bytes it points to.
struct DefaultCell {
    explicit DefaultCell(const ColumnType& type) : column(type) {}

    Arena arena;
    Column column;
};

// nullptr where the schema has no default, or one that its own encoding does not allow (nothing is known then).
std::shared_ptr<const Column> default_cell(const JsonTokens& json, Token value, const CellPlan& plan) {
    if (value == 0) return nullptr;
    auto cell = std::make_shared<DefaultCell>(plan.type);
    std::string scratch;
    CellContext context{json, cell->arena, scratch};
    try {
        decode_cell(plan, value, context, cell->column);
    } catch (const Error&) {
        return nullptr;
    }
    return {cell, &cell->column};
}

// The same from the catalog, where the value stands as Postgres prints it.
std::shared_ptr<const Column> missing_cell(const SourceColumn& column, const CellPlan& plan) {
    const PgCellPlan text = plan_pg_cell(column.type, plan.policy);
    if (!column.missing_text || !(text.type == plan.type)) return nullptr;
    auto cell = std::make_shared<DefaultCell>(plan.type);
    try {
        text.from_text(text, *column.missing_text, cell->arena, cell->column);
    } catch (const Error&) {
        return nullptr;
    }
    return {cell, &cell->column};
}

CellPlan with_policy(CellPlan cell, ColumnPolicy policy) {
    cell.policy = policy;
    if (policy != ColumnPolicy::varchar || cell.type.kind == TypeKind::varchar) return cell;
    CellPlan text;
    text.type = {TypeKind::varchar};
    text.decode = decode_as_text;
    text.source_type = cell.source_type;
    text.policy = policy;
    text.unavailable = cell.unavailable;
    text.elements.push_back(std::move(cell));
    return text;
}

const ConnectSchema& row_schema(const ConnectSchema& envelope) {
    const ConnectSchema* row = envelope.find("after");
    if (row == nullptr || row->fields.empty()) row = envelope.find("before");
    if (row == nullptr || row->fields.empty())
        throw Error(ErrorKind::data, "the embedded schema has no row (\"after\")");
    return *row;
}

std::vector<PlannedColumn> columns_of(const RowPlan& plan) {
    std::vector<PlannedColumn> columns;
    for (size_t i = 0; i < plan.cells().size(); ++i) {
        columns.push_back({plan.schema()->columns[i].name, plan.cells()[i], nullptr});
    }
    return columns;
}

// What a row's value shows of interval.handling.mode; nullopt: there is none.
std::optional<IntervalHandling> shown_handling(const JsonTokens& json, Token object, const std::string& name) {
    if (object == 0) return std::nullopt;
    const std::string quoted = json_quoted(name);
    const Token value = json.find(object, std::string_view(quoted).substr(1, quoted.size() - 2));
    if (value == 0 || json.is_null(value)) return std::nullopt;
    return json.kind(value) == '"' ? IntervalHandling::string : IntervalHandling::numeric;
}

std::optional<IntervalHandling> earlier_handling(const RowPlan* plan, const std::string& name) {
    if (plan == nullptr) return std::nullopt;
    for (const ColumnSchema& column : plan->schema()->columns) {
        if (column.name != name) continue;
        return column.type.kind == TypeKind::int64 ? IntervalHandling::numeric : IntervalHandling::string;
    }
    return std::nullopt;
}

}  // namespace

PlanBuilder::PlanBuilder(std::shared_ptr<const DebeziumOptions> options)
    : options_(std::move(options)), unavailable_(options_->unavailable_value) {}

RowPlan PlanBuilder::from_schema(const TableName& table, std::string_view schema,
                                 const std::vector<std::string>& key_fields) {
    schema_tokens_.scan(schema);
    const ConnectSchema envelope = read_connect_schema(schema_tokens_, 0);
    std::vector<PlannedColumn> columns;
    for (const ConnectSchema& field : row_schema(envelope).fields) {
        const ColumnPolicy policy = policy_of(options_->policies, table, field.field);
        PlannedColumn column{field.field, with_policy(plan_connect_cell(field, unavailable_), policy), nullptr};
        column.default_cell = default_cell(schema_tokens_, field.default_value, column.cell);
        columns.push_back(std::move(column));
    }
    return make_row_plan(table, std::move(columns), key_fields);
}

RowPlan PlanBuilder::from_catalog(const SourceTable& table, const JsonTokens& json, Token object,
                                  const std::vector<std::string>& key_fields, const RowPlan* previous) const {
    std::vector<PlannedColumn> columns;
    for (const SourceColumn& column : table.columns) {
        PlannedColumn planned{column.name, plan_catalog_cell(column.type, *options_, unavailable_), nullptr};
        if (column.type.name == "interval" && !column.type.is_array) {
            const IntervalHandling known =
                earlier_handling(previous, column.name).value_or(options_->interval_handling);
            planned.cell =
                plan_catalog_interval(column.type, shown_handling(json, object, column.name).value_or(known));
        }
        const ColumnPolicy policy = policy_of(options_->policies, table.name, column.name);
        planned.cell = with_policy(std::move(planned.cell), policy);
        planned.default_cell = missing_cell(column, planned.cell);
        columns.push_back(std::move(planned));
    }
    return make_row_plan(table.name, std::move(columns), key_fields);
}

RowPlan PlanBuilder::from_values(const TableName& table, const JsonTokens& json, Token object,
                                 const std::vector<std::string>& key_fields, const RowPlan* previous) const {
    std::vector<PlannedColumn> columns;
    if (previous != nullptr) columns = columns_of(*previous);
    json.each_field(object, [&](std::string_view raw_key, Token value) {
        std::string name;
        append_unescaped(raw_key, name);
        const auto known = std::find_if(columns.begin(), columns.end(),
                                        [&](const PlannedColumn& column) { return column.name == name; });
        if (known == columns.end() && !json.is_null(value)) {
            columns.push_back({name, infer_cell(json, value, unavailable_), nullptr});
        } else if (known != columns.end()) {
            if (auto wider = widen_cell(known->cell, json, value, unavailable_)) known->cell = std::move(*wider);
        }
        return json.skip(value);
    });
    return make_row_plan(table, std::move(columns), key_fields);
}

}  // namespace pintail::wire
