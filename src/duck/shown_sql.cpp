#include "duck/shown_sql.hpp"

namespace pintail::duck {

std::string shown_sql(const std::string& sql) {
    constexpr size_t kShownBytes = 120;
    return sql.size() <= kShownBytes ? sql : sql.substr(0, kShownBytes) + "…";
}

}  // namespace pintail::duck
