#include "wire/table_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pintail::wire {
namespace {

bool same_cell(const CellPlan& a, const CellPlan& b) {
    return a.decode == b.decode && a.source_type == b.source_type &&
           std::equal(a.elements.begin(), a.elements.end(), b.elements.begin(), b.elements.end(), same_cell);
}

bool same_encoding(const RowPlan& a, const RowPlan& b) {
    return std::equal(a.cells().begin(), a.cells().end(), b.cells().begin(), b.cells().end(), same_cell);
}

Error types_unknown(const TableName& table) {
    return Error(
        ErrorKind::schema,
        fmt::format("{}: its messages have no schema and nothing else says the columns' types: pass --source URL "
                    "to read them from the database, or --infer to take them from the values",
                    to_string(table)));
}

Error table_unknown(const TableName& table) {
    return Error(
        ErrorKind::schema,
        fmt::format("{}: its messages have no schema and the source has no such table (any more): pass --infer to "
                    "take the columns' types from the values, or exclude the topic",
                    to_string(table)));
}

}  // namespace

TablePlan::TablePlan(std::shared_ptr<const DebeziumOptions> options)
    : options_(options), builder_(std::move(options)) {}

bool TablePlan::is_current(const Sight& sight) {
    return plan_ && sight.framed.is_remembered && schema_->name == sight.table && key_.is_known(sight.key);
}

bool TablePlan::renew(const Sight& sight) {
    if (!is_same_table(sight.table)) ignored_.clear();
    const Change change = install(build(sight, key_.names_of(sight.key)));
    key_.learn(sight.key);  // only now: a message that makes no plan changes nothing
    frame_.remember(sight.framed);
    return change == Change::shape;
}

const FieldNames& TablePlan::ignored_in(const Sight& sight) const {
    static const FieldNames kNone;
    if (ignored_.empty() || asked_for_ == sight.transaction.xid || !options_->is_described_behind) return ignored_;
    return options_->is_described_behind(sight.table, sight.transaction) ? ignored_ : kNone;
}

TablePlan::Change TablePlan::look_again(const Sight& sight) {
    if (kind_ == Kind::embedded) return Change::none;
    catalog_.erase(sight.table);
    return install(build_schemaless(sight, key_.names_of(sight.key)));
}

RowPlan TablePlan::build(const Sight& sight, const std::vector<std::string>& key_fields) {
    if (!sight.framed.has_schema) return build_schemaless(sight, key_fields);
    RowPlan plan = builder_.from_schema(sight.table, sight.framed.schema, key_fields);
    kind_ = Kind::embedded;
    return plan;
}

RowPlan TablePlan::build_schemaless(const Sight& sight, const std::vector<std::string>& key_fields) {
    const auto previous = [&](Kind kind) { return kind_ == kind && is_same_table(sight.table) ? &*plan_ : nullptr; };
    if (options_->describe_table) {
        if (const auto& described = describe(sight)) {
            RowPlan plan =
                builder_.from_catalog(*described, sight.json, sight.image, key_fields, previous(Kind::described));
            kind_ = Kind::described;
            return plan;
        }
    }
    if (!options_->infer_types)
        throw options_->describe_table ? table_unknown(sight.table) : types_unknown(sight.table);
    if (sight.image == 0) throw Error(ErrorKind::data, "a row without before and after");
    RowPlan plan = builder_.from_values(sight.table, sight.json, sight.image, key_fields, previous(Kind::inferred));
    kind_ = Kind::inferred;
    return plan;
}

const std::optional<SourceTable>& TablePlan::describe(const Sight& sight) {
    const auto known = catalog_.find(sight.table);
    if (known != catalog_.end()) return known->second;
    std::optional<SourceTable> answer = options_->describe_table(sight.table, sight.transaction);
    if (answer) answer->name = sight.table;
    asked_for_ = sight.transaction.xid;
    return catalog_.emplace(sight.table, std::move(answer)).first->second;
}

TablePlan::Change TablePlan::install(RowPlan fresh) {
    const bool same = plan_ && schema_->name == fresh.schema()->name && same_shape(*schema_, *fresh.schema());
    const bool same_cells = same && same_encoding(*plan_, fresh);
    if (same) fresh.adopt(schema_);
    plan_ = std::move(fresh);
    schema_ = plan_->schema();
    if (same_cells) return Change::none;
    return same ? Change::encoding : Change::shape;
}

}  // namespace pintail::wire
