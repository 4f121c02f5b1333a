#include "core/counted.hpp"

#include <fmt/format.h>

namespace pintail {

std::string counted(uint64_t number, std::string_view noun, std::string_view ending) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : ending);
}

}  // namespace pintail
