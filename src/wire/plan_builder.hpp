// RowPlans from whatever knows the types: the embedded schema, the source's catalog, or the values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/source_table.hpp"
#include "wire/debezium_options.hpp"
#include "wire/row_plan.hpp"
#include "wire/unavailable_value.hpp"

namespace pintail::wire {

class PlanBuilder {
public:
    explicit PlanBuilder(std::shared_ptr<const DebeziumOptions> options);

    // `schema` is the envelope's schema as JSON text. Error (data) when it has no row.
    RowPlan from_schema(const TableName& table, std::string_view schema, const std::vector<std::string>& key_fields);

    // The row's object (0: none) and the `previous` plan of the table (may be nullptr) say what the catalog cannot:
    // whether intervals come as texts or as numbers.
    RowPlan from_catalog(const SourceTable& table, const JsonTokens& json, Token object,
                         const std::vector<std::string>& key_fields, const RowPlan* previous) const;

    // A row's object; `previous`, where there is one, keeps its columns and widens them where a value does not fit.
    // Fields that are null wait until they have a value: nothing is known about their type.
    RowPlan from_values(const TableName& table, const JsonTokens& json, Token object,
                        const std::vector<std::string>& key_fields, const RowPlan* previous) const;

private:
    std::shared_ptr<const DebeziumOptions> options_;
    UnavailableValue unavailable_;
    JsonTokens schema_tokens_;
};

}  // namespace pintail::wire
