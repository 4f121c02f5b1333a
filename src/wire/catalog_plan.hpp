// Plans for messages without a schema: the source's catalog says the type, the connector's options the encoding.
#pragma once

#include "core/source_table.hpp"
#include "wire/cell_plan.hpp"
#include "wire/debezium_options.hpp"
#include "wire/unavailable_value.hpp"

namespace pintail::wire {

// Never fails: a type without a plan of its own is read as text, or as the JSON text of what is there.
CellPlan plan_catalog_cell(const SourceType& type, const DebeziumOptions& options, const UnavailableValue& unavailable);

// An interval's text becomes interval; its microseconds (months of 30.4375 days: no interval can be made of them
// again) become int64.
CellPlan plan_catalog_interval(const SourceType& type, IntervalHandling handling);

}  // namespace pintail::wire
