#include "config/postgres_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace pintail::config {
namespace {

constexpr std::string_view kHidden = "******";

bool unreserved(unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string_view without_scheme(std::string_view url) {
    for (const std::string_view scheme : {"postgres://", "postgresql://"})
        if (url.starts_with(scheme)) return url.substr(scheme.size());
    return {};
}

// Where user:password@ ends. An unencoded @, / or ? in the password is a mistake that must not show its tail, so the
// last @ before white space counts.
std::string redact_userinfo(std::string text) {
    for (size_t scheme = text.find("://"); scheme != std::string::npos; scheme = text.find("://", scheme + 3)) {
        const size_t begin = scheme + 3;
        const size_t end = std::min(text.find_first_of(" \t\n\"", begin), text.size());
        const size_t at = text.rfind('@', end == 0 ? 0 : end - 1);
        const size_t colon = text.find(':', begin);
        if (at == std::string::npos || at < begin || colon == std::string::npos || colon > at) continue;
        text.replace(colon + 1, at - colon - 1, kHidden);
    }
    return text;
}

// user:password@host, whose scheme was forgotten.
std::string redact_bare(std::string text) {
    const size_t at = text.rfind('@');
    const size_t colon = text.find(':');
    if (text.find("://") != std::string::npos || at == std::string::npos || colon > at) return text;
    return text.replace(colon + 1, at - colon - 1, kHidden);
}

// The end of a value that begins at `begin`: quoted by ' (with \ escapes) or up to white space or &.
size_t value_end(const std::string& text, size_t begin) {
    if (begin >= text.size() || text[begin] != '\'')
        return std::min(text.find_first_of(" \t\n&\"", begin), text.size());
    for (size_t i = begin + 1; i < text.size(); ++i) {
        if (text[i] == '\\') ++i;
        else if (text[i] == '\'') return i + 1;
    }
    return text.size();
}

std::string redact_keyword(std::string text) {
    constexpr std::string_view kKey = "password";
    for (size_t at = text.find(kKey); at != std::string::npos; at = text.find(kKey, at + kKey.size())) {
        size_t begin = at + kKey.size();
        while (begin < text.size() && text[begin] == ' ') ++begin;
        if (begin >= text.size() || text[begin] != '=') continue;
        ++begin;
        while (begin < text.size() && text[begin] == ' ') ++begin;
        text.replace(begin, value_end(text, begin) - begin, kHidden);
    }
    return text;
}

bool split_host(std::string_view host_port, PostgresParts& parts) {
    if (host_port.find(',') != std::string_view::npos) return false;
    size_t colon = host_port.rfind(':');
    if (host_port.starts_with('[')) {
        const auto close = host_port.find(']');
        if (close == std::string_view::npos) return false;
        parts.host = host_port.substr(1, close - 1);
        colon = close + 1 < host_port.size() ? close + 1 : std::string_view::npos;
    } else {
        const auto host = percent_decode(host_port.substr(0, colon));
        if (!host) return false;
        parts.host = *host;
    }
    if (colon != std::string_view::npos) parts.port = host_port.substr(colon + 1);
    return true;
}

bool split_user(std::string_view userinfo, PostgresParts& parts) {
    const auto colon = userinfo.find(':');
    const auto user = percent_decode(userinfo.substr(0, colon));
    const auto password = colon == std::string_view::npos ? std::string() : percent_decode(userinfo.substr(colon + 1));
    if (!user || !password) return false;
    parts.user = *user;
    parts.password = *password;
    return true;
}

}  // namespace

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (unreserved(byte)) out += c;
        else out += fmt::format("%{:02X}", byte);
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string build_postgres_url(const PostgresParts& parts) {
    std::string url = "postgres://";
    if (!parts.user.empty()) {
        url += percent_encode(parts.user);
        if (!parts.password.empty()) url += ":" + percent_encode(parts.password);
        url += "@";
    }
    const bool ipv6 = parts.host.find(':') != std::string::npos;
    url += ipv6 ? "[" + parts.host + "]" : percent_encode(parts.host);  // a socket's folder needs its / encoded
    if (!parts.port.empty()) url += ":" + parts.port;
    return url + "/" + percent_encode(parts.database);
}

std::optional<PostgresParts> parse_postgres_url(std::string_view url) {
    auto rest = without_scheme(url);
    if (rest.empty()) return std::nullopt;
    PostgresParts parts;
    // As libpq does: up to the first /, an @ ends user and password, even behind a ?.
    if (const auto at = rest.find('@'); at < rest.find('/')) {
        if (!split_user(rest.substr(0, at), parts)) return std::nullopt;
        rest = rest.substr(at + 1);
    }
    rest = rest.substr(0, rest.find('?'));
    const auto slash = rest.find('/');
    const auto authority = rest.substr(0, slash);
    if (authority.find('@') != std::string_view::npos || !split_host(authority, parts)) return std::nullopt;
    const auto database = slash == std::string_view::npos ? std::string() : percent_decode(rest.substr(slash + 1));
    if (!database) return std::nullopt;
    parts.database = *database;
    return parts;
}

std::string redact(std::string_view text) {
    return redact_keyword(redact_userinfo(std::string(text)));
}

std::string redact_setting(std::string_view text) {
    return redact_bare(redact(text));
}

bool has_password(std::string_view url) {
    return redact(url) != url;
}

}  // namespace pintail::config
