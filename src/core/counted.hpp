// Numbers of things in messages: "1 table", "2 tables".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pintail {

// `ending`: what the noun gets when it is not one.
std::string counted(uint64_t number, std::string_view noun, std::string_view ending = "s");

}  // namespace pintail
