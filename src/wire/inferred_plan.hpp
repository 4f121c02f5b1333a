// Plans from the values themselves, for schemaless messages without a catalog (--infer): whole numbers become int64,
// others float64 (Jackson always gives them a point), true and false boolean, objects and arrays json, the rest
// varchar. What does not fit later makes the column varchar, which holds any value as its text.
#pragma once

#include <optional>

#include "wire/cell_plan.hpp"
#include "wire/unavailable_value.hpp"

namespace pintail::wire {

// For the first value of a column; null says nothing and becomes varchar.
CellPlan infer_cell(const JsonTokens& json, Token value, const UnavailableValue& unavailable);

// The plan that also holds `value`; nullopt: `plan` does.
std::optional<CellPlan> widen_cell(const CellPlan& plan, const JsonTokens& json, Token value,
                                   const UnavailableValue& unavailable);

}  // namespace pintail::wire
