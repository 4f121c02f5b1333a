// SQL in messages: statements of pintail's own never hold cell values, but are kept short.
#pragma once

#include <string>

namespace pintail::duck {

std::string shown_sql(const std::string& sql);

}  // namespace pintail::duck
