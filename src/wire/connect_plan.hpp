// Plans from the schema that a message embeds: the type and the encoding of each column follow from Connect's type
// and the semantic name (io.debezium.*, org.apache.kafka.connect.data.*).
#pragma once

#include "wire/cell_plan.hpp"
#include "wire/connect_schema.hpp"
#include "wire/unavailable_value.hpp"

namespace pintail::wire {

// A type that is not known is kept as the JSON text of its values. Error (data) for a schema that contradicts itself.
CellPlan plan_connect_cell(const ConnectSchema& schema, const UnavailableValue& unavailable);

}  // namespace pintail::wire
