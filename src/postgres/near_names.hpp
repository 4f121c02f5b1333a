// Which of the names that exist may somebody have meant?
#pragma once

#include <string>
#include <vector>

namespace pintail::postgres {

// At most three of `known` ("schema.table"), the nearest first: equal but for case, the same table in another schema,
// or few letters apart.
std::vector<std::string> near_names(const std::string& wanted, const std::vector<std::string>& known);

}  // namespace pintail::postgres
