#include "wire/cell_plan.hpp"

#include <fmt/format.h>

namespace pintail::wire {

Error unfit(const CellPlan& plan, const char* why) {
    return Error(ErrorKind::data,
                 fmt::format("a value of type {} does not fit {}: {}", plan.source_type, to_string(plan.type), why));
}

BeyondType beyond(const CellPlan& plan, const char* why, std::string exact_text) {
    return {unfit(plan, why), std::move(exact_text)};
}

}  // namespace pintail::wire
