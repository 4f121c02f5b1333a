#include <simdjson.h>

#include <charconv>

#include "wire/binary_text.hpp"
#include "wire/decimal_text.hpp"
#include "wire/pg_cell_decoders.hpp"
#include "wire/uuid_text.hpp"

namespace pintail::wire {
namespace {

template <typename Number>
void push_number(const PgCellPlan& plan, std::string_view text, Column& column) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) throw unfit(plan, "no such number");
    column.push(value);
}

// Numbers of up to 18 characters with exactly the declared scale, which is what numeric(p,s) writes.
bool push_short_decimal(const PgCellPlan& plan, std::string_view text, Column& column) {
    const bool negative = text[0] == '-';
    const size_t scale = plan.type.scale;
    const size_t point = scale == 0 ? text.size() : text.size() - scale - 1;
    if (text.size() > 18 || text.size() <= scale + 1u || (scale != 0 && text[point] != '.')) return false;
    int64_t value = 0;
    for (size_t i = negative; i < text.size(); ++i) {
        if (i == point) continue;
        const unsigned digit = static_cast<unsigned char>(text[i]) - '0';
        if (digit > 9) return false;
        value = value * 10 + digit;
    }
    return push_decimal(negative ? -value : value, plan.type.precision, column);
}

// Appends the bits as whole bytes, behind pad bits of one.
std::string bit_cell_of(std::string_view digits, const PgCellPlan& plan) {
    const size_t bytes = (digits.size() + 7) / 8;
    const size_t padding = bytes * 8 - digits.size();
    std::string cell(1 + bytes, '\0');
    cell[0] = static_cast<char>(padding);
    for (size_t i = 0; i < padding; ++i) cell[1] = static_cast<char>(cell[1] | 0x80 >> i);
    for (size_t i = 0; i < digits.size(); ++i) {
        if (digits[i] != '0' && digits[i] != '1') throw unfit(plan, "no bits");
        const size_t place = padding + i;
        if (digits[i] == '1') cell[1 + place / 8] = static_cast<char>(cell[1 + place / 8] | 0x80 >> place % 8);
    }
    return cell;
}

}  // namespace

void text_to_boolean(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    if (value != "t" && value != "f") throw unfit(plan, "neither t nor f");
    column.push(static_cast<uint8_t>(value == "t"));
}

void text_to_int16(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    push_number<int16_t>(plan, value, column);
}

void text_to_int32(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    push_number<int32_t>(plan, value, column);
}

void text_to_int64(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    push_number<int64_t>(plan, value, column);
}

void text_to_uint32(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    push_number<uint32_t>(plan, value, column);
}

// from_chars knows Infinity, -Infinity and NaN as Postgres writes them.
void text_to_float32(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    push_number<float>(plan, value, column);
}

void text_to_float64(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    push_number<double>(plan, value, column);
}

void text_to_decimal(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    if (!value.empty() && push_short_decimal(plan, value, column)) return;
    if (value == "NaN") throw beyond(plan, "it is NaN");
    const auto unscaled = parse_decimal(value, plan.type.scale);
    if (!unscaled || !push_decimal(*unscaled, plan.type.precision, column)) throw beyond(plan, "it has more digits");
}

// "-$1,234.56" under lc_monetary = C, which the replication session pins.
void text_to_money(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    std::string plain;
    for (const char c : value) {
        if (c != '$' && c != ',') plain += c;
    }
    const auto unscaled = parse_decimal(plain, plan.type.scale);
    if (!unscaled || !push_decimal(*unscaled, plan.type.precision, column)) throw unfit(plan, "no amount");
}

// A database of encoding SQL_ASCII promises nothing about its texts.
void text_to_string(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column) {
    if (!simdjson::validate_utf8(value.data(), value.size()))
        throw beyond(plan, "the text is not UTF-8", std::string(value));
    column.push_string(value, arena);
}

void text_to_blob(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column) {
    std::string bytes;
    if (!value.starts_with("\\x") || !append_hex(value.substr(2), bytes)) throw unfit(plan, "no hex digits");
    column.push_string(bytes, arena);
}

void text_to_bits(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column) {
    if (value.empty()) throw beyond(plan, "DuckDB has no bit string without bits");
    column.push_string(bit_cell_of(value, plan), arena);
}

void text_to_uuid(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    const auto uuid = parse_uuid(value);
    if (!uuid) throw unfit(plan, "no UUID");
    column.push(*uuid);
}

}  // namespace pintail::wire
