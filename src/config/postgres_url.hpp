// postgres:// URLs: built from parts, taken apart, and printed without their password. No I/O.
// Page: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pintail::config {

struct PostgresParts {
    std::string host;
    std::string port;  // as written; empty: not given
    std::string user;
    std::string password;
    std::string database;
};

// Everything but A-Z a-z 0-9 - . _ ~ becomes %XX.
std::string percent_encode(std::string_view text);
// nullopt for a % that no two hexadecimal digits follow, and for %00.
std::optional<std::string> percent_decode(std::string_view text);

std::string build_postgres_url(const PostgresParts& parts);

// Parts of a URL with one host, decoded; nullopt for anything else ("host=… dbname=…", several hosts, malformed).
std::optional<PostgresParts> parse_postgres_url(std::string_view url);

// The same text with every password replaced by ******: in URLs of any scheme (user:password@), in their query
// (?password=, ?sslpassword=), and in "password=…" of a keyword/value string. Texts without one come back unchanged.
std::string redact(std::string_view text);
// The same, and the password of user:password@host whose scheme was forgotten: for single values, not for prose.
std::string redact_setting(std::string_view text);

bool has_password(std::string_view url);

}  // namespace pintail::config
