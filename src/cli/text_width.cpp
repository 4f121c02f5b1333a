#include "cli/text_width.hpp"

#include <fmt/format.h>
#include <wchar.h>

#include <clocale>
#include <cstdlib>
#include <memory>

namespace pintail::cli {
namespace {

// glibc has this locale built in; elsewhere every code point counts one column.
locale_t utf8_locale() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
    return locale;
}

class WithUtf8 {
public:
    WithUtf8() : before_(utf8_locale() ? uselocale(utf8_locale()) : nullptr) {}
    ~WithUtf8() {
        if (before_) uselocale(before_);
    }
    WithUtf8(const WithUtf8&) = delete;
    WithUtf8& operator=(const WithUtf8&) = delete;

private:
    locale_t before_;
};

bool is_plain_ascii(std::string_view text) {
    for (const unsigned char c : text)
        if (c >= 0x80) return false;
    return true;
}

bool is_control(std::string_view text, size_t at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x20 || c == 0x7f) return true;
    // U+0080…U+009F in UTF-8: some terminals obey them.
    return c == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

std::string escape(unsigned char c) {
    if (c == '\n') return "\\n";
    if (c == '\r') return "\\r";
    if (c == '\t') return "\\t";
    return fmt::format("\\x{:02x}", c);
}

}  // namespace

size_t display_width(std::string_view text) {
    if (is_plain_ascii(text)) return text.size();
    const WithUtf8 locale;
    size_t width = 0;
    std::mbstate_t state{};
    while (!text.empty()) {
        wchar_t character = 0;
        const size_t bytes = std::mbrtowc(&character, text.data(), text.size(), &state);
        if (bytes == 0 || bytes > text.size()) {
            state = {};
            text.remove_prefix(1);
            ++width;
            continue;
        }
        width += static_cast<size_t>(std::max(0, wcwidth(character)));
        text.remove_prefix(bytes);
    }
    return width;
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t at = 0; at < text.size(); ++at) {
        if (!is_control(text, at)) {
            out += text[at];
            continue;
        }
        const bool two_bytes = static_cast<unsigned char>(text[at]) == 0xc2;
        out += escape(static_cast<unsigned char>(two_bytes ? text[++at] : text[at]));
    }
    return out;
}

std::string padded(std::string_view text, size_t width, bool right_aligned) {
    const size_t taken = display_width(text);
    const std::string blanks(taken < width ? width - taken : 0, ' ');
    return right_aligned ? blanks + std::string(text) : std::string(text) + blanks;
}

std::string grouped(long long number) {
    std::string digits = std::to_string(number);
    const long first = number < 0 ? 1 : 0;
    for (long at = static_cast<long>(digits.size()) - 3; at > first; at -= 3)
        digits.insert(static_cast<size_t>(at), ",");
    return digits;
}

std::string duration_text(long long seconds) {
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} m {} s", seconds / 60, seconds % 60);
    if (seconds < 86400) return fmt::format("{} h {} m", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

}  // namespace pintail::cli
