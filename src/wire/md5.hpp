// MD5 (https://www.rfc-editor.org/rfc/rfc1321), for name-based UUIDs only: nothing here depends on its strength.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pintail::wire {

std::array<uint8_t, 16> md5(std::string_view bytes);

}  // namespace pintail::wire
