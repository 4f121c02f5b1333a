#include "core/batch.hpp"

namespace pintail {

std::string waiting_reason(const TableName& table) {
    return "waits: table " + to_string(table) + " is in quarantine";
}

size_t Batch::memory_bytes() const {
    size_t bytes = 0;
    for (const Step& step : steps) {
        if (const auto* rows_of_table = std::get_if<RowBatch>(&step)) bytes += rows_of_table->memory_bytes();
    }
    for (const QuarantinedMessage& message : quarantined) {
        bytes += message.key.value_or("").size() + message.value.value_or("").size();
    }
    return bytes;
}

}  // namespace pintail
