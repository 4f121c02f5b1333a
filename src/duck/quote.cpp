#include "duck/quote.hpp"

namespace pintail::duck {
namespace {

std::string quoted(std::string_view bytes, char quote) {
    std::string out(1, quote);
    for (const char byte : bytes) {
        if (byte == quote) out += quote;
        out += byte;
    }
    return out + quote;
}

}  // namespace

std::string quote_name(std::string_view name) {
    return quoted(name, '"');
}

std::string quote_text(std::string_view text) {
    return quoted(text, '\'');
}

}  // namespace pintail::duck
