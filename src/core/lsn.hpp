// A position in Postgres' write-ahead log (https://www.postgresql.org/docs/current/datatype-pg-lsn.html).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintail {

struct Lsn {
    uint64_t value = 0;

    auto operator<=>(const Lsn&) const = default;
};

// "16/B374D848", as Postgres prints it.
std::string to_string(Lsn lsn);

// Reads Postgres' own form; nullopt for anything else.
std::optional<Lsn> parse_lsn(std::string_view text);

}  // namespace pintail
