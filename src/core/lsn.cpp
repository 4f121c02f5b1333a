#include "core/lsn.hpp"

#include <fmt/format.h>

#include <charconv>

namespace pintail {
namespace {

std::optional<uint32_t> parse_half(std::string_view digits) {
    uint32_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, problem] = std::from_chars(digits.data(), end, value, 16);
    if (digits.empty() || problem != std::errc() || stopped != end) return std::nullopt;
    return value;
}

}  // namespace

std::string to_string(Lsn lsn) {
    return fmt::format("{:X}/{:X}", lsn.value >> 32, lsn.value & 0xFFFFFFFFu);
}

std::optional<Lsn> parse_lsn(std::string_view text) {
    const size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto high = parse_half(text.substr(0, slash));
    const auto low = parse_half(text.substr(slash + 1));
    if (!high || !low) return std::nullopt;
    return Lsn{(uint64_t{*high} << 32) | *low};
}

}  // namespace pintail
