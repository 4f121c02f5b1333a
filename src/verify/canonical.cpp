#include "verify/canonical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace pintail::verify {
namespace {

constexpr std::string_view kNull = "'~'";
// 2000-01-01 in microseconds since 1970: from when Postgres counts.
constexpr const char* kPostgresEpoch = "946684800000000";
// Postgres goes up to the year 294276, DuckDB ends here (it keeps the last microsecond for infinity).
constexpr const char* kBeyondTimestamps = "294247-01-10 04:00:54.775807";

// A value's text in both languages. `free`: it may have any character in it.
struct Forms {
    std::string source;
    std::string target;
    bool free = false;
    std::string misfit;  // SQL condition in Postgres: the target's type cannot hold the value; empty: it always can
};

bool is_integer(std::string_view type) {
    static constexpr std::array<std::string_view, 9> kIntegers = {
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"};
    return std::find(kIntegers.begin(), kIntegers.end(), type) != kIntegers.end();
}

// A text of a database in SQL_ASCII, where a character is a byte: is it UTF-8?
std::string is_utf8(const std::string& text) {
    constexpr const char* kPattern =
        R"(^([\x01-\x7F]|[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|\xED[\x80-\x9F][\x80-\xBF])"
        R"(|[\xE1-\xEC\xEE\xEF][\x80-\xBF]{2}|\xF0[\x90-\xBF][\x80-\xBF]{2}|[\xF1-\xF3][\x80-\xBF]{3})"
        R"(|\xF4[\x80-\x8F][\x80-\xBF]{2})*$)";
    return fmt::format(R"(({} COLLATE "C" ~ '{}'))", text, kPattern);
}

// Also what a DuckDB whose name for it is longer calls it.
std::string_view short_name(std::string_view type) {
    if (type == "TIMESTAMP WITH TIME ZONE") return "TIMESTAMPTZ";
    if (type == "TIME WITH TIME ZONE") return "TIMETZ";
    return type;
}

SourceType element_of(SourceType array) {
    array.is_array = false;
    return array;
}

std::string_view element_of(std::string_view list) {
    return list.substr(0, list.size() - std::string_view("[]").size());
}

bool is_plain_text(const SourceType& type) {
    return !type.is_array && (type.name == "text" || type.name == "varchar");
}

// Both print 17 significant digits, which tell all doubles apart.
Forms floating(const std::string& source, const std::string& target) {
    return {fmt::format(
                "CASE WHEN {0} = 'NaN' THEN 'nan' WHEN {0} = 'Infinity' THEN 'inf' WHEN {0} = '-Infinity' THEN '-inf' "
                "ELSE ltrim(to_char({0}::float8, '9.9999999999999999EEEE')) END",
                source),
            fmt::format("format('{{:.16e}}', {}::DOUBLE)", target)};
}

// DuckDB leaves out the 0 before the point where no digit can stand there: DECIMAL(2,2) is '.50'.
std::string decimal_text(const std::string& value) {
    return fmt::format(R"(regexp_replace({}::VARCHAR, '^(-?)\.', '\10.'))", value);
}

// The target's scale is the source's, or wider: then zeros are missing on the source's side.
Forms decimal(const SourceType& type, std::string_view target_type, const std::string& source,
              const std::string& target) {
    const size_t comma = target_type.find(',');
    const std::string scale(target_type.substr(comma + 1, target_type.size() - comma - 2));
    const std::string number = type.name == "money" ? source + "::numeric" : source;
    const std::string padded =
        fmt::format("(CASE WHEN scale({0}::numeric) < {1} THEN round({0}::numeric, {1}) ELSE {0}::numeric END)::text",
                    number, scale);
    return {padded, decimal_text(target), false, type.name == "numeric" ? source + " = 'NaN'" : ""};
}

// As hstore_out writes it. The target holds an object of strings and nulls, in the order of the source's pairs; what
// else it may have got into it keeps a text that no hstore has.
std::string hstore_text(const std::string& value) {
    const auto quoted = [](const std::string& text) {
        return fmt::format(R"('"' || replace(replace({}, '\', '\\'), '"', '\"') || '"')", text);
    };
    return fmt::format(
        "CASE CASE WHEN json_valid({0}) THEN json_type({0}) END WHEN 'OBJECT' THEN array_to_string(list_transform("
        "list_zip(json_keys({0}), json_extract({0}, '$.*')), lambda p: {1} || '=>' || CASE json_type(p[2]) "
        "WHEN 'NULL' THEN 'NULL' WHEN 'VARCHAR' THEN {2} ELSE p[2]::VARCHAR END), ', ') ELSE {0}::VARCHAR END",
        value, quoted("p[1]"), quoted("json_extract_string(p[2], '$')"));
}

bool is_hstore(const SourceType& type, std::string_view target_type) {
    return type.name == "hstore" && target_type == "JSON";
}

Forms date(const std::string& source, const std::string& target) {
    return {
        fmt::format("CASE WHEN isfinite({0}) THEN ({0} - date '1970-01-01')::text ELSE {0}::text END", source),
        fmt::format("CASE WHEN isfinite({0}) THEN ({0} - DATE '1970-01-01')::VARCHAR ELSE {0}::VARCHAR END", target)};
}

// The local time and the offset in seconds: DuckDB's text of an offset leaves out minutes that are 0, and its seconds
// then stand where minutes do.
Forms time_tz(const std::string& source, const std::string& target) {
    return {fmt::format("{0}::time::text || ' ' || extract(timezone FROM {0})::int8::text", source),
            fmt::format("{0}::TIME::VARCHAR || ' ' || extract(timezone FROM {0})::BIGINT::VARCHAR", target)};
}

// As timetz_out writes it.
std::string time_tz_text(const std::string& value) {
    const std::string offset = fmt::format("extract(timezone FROM {})", value);
    return fmt::format(
        "{0}::TIME::VARCHAR || CASE WHEN {1} < 0 THEN '-' ELSE '+' END || regexp_replace(format("
        "'{{:02d}}:{{:02d}}:{{:02d}}', abs({1}) // 3600, abs({1}) // 60 % 60, abs({1}) % 60), "
        "'(:00){{1,2}}$', '')",
        value, offset);
}

// As array_out writes a list without gaps; `element` is the text of `e`.
std::string array_text(const std::string& value, const std::string& element, char delimiter) {
    return fmt::format(
        R"('{{' || array_to_string(list_transform({0}, lambda e: CASE WHEN e IS NULL THEN 'NULL' WHEN regexp_matches({1}, )"
        R"('^$|^(?i:null)$|["\\{{}}\s\x0b{2}]') THEN '"' || replace(replace({1}, '\', '\\'), '"', '\"') || '"' )"
        R"(ELSE {1} END), '{2}') || '}}')",
        value, element, delimiter);
}

// Microseconds since 2000, out of Postgres' own eight bytes: its texts of years before 1 and beyond 9999 are not
// DuckDB's.
Forms timestamp(const std::string& source, const std::string& target, const char* cast) {
    return {fmt::format("CASE WHEN isfinite({0}) THEN ('x' || encode({1}_send({0}::{1}), 'hex'))::bit(64)::int8::text "
                        "ELSE {0}::text END",
                        source, cast),
            fmt::format("CASE WHEN isfinite({0}) THEN (epoch_us({0}) - {1})::VARCHAR ELSE {0}::VARCHAR END", target,
                        kPostgresEpoch),
            false, fmt::format("(isfinite({0}) AND {0} >= '{1}')", source, kBeyondTimestamps)};
}

// Months, days and microseconds apart, as both store them.
Forms interval(const std::string& source, const std::string& target) {
    const char* parts =
        "concat_ws(' ', (extract(year FROM {0}) * 12 + extract(month FROM {0}))::{1}, extract(day FROM {0})::{1}, "
        "(extract(hour FROM {0}) * 3600000000 + extract(minute FROM {0}) * 60000000 + extract(microseconds FROM "
        "{0}))::{1})";
    return {
        fmt::format("CASE WHEN {0} IS NOT NULL THEN {1} END", source, fmt::format(fmt::runtime(parts), source, "int8")),
        fmt::format("CASE WHEN {0} IS NOT NULL THEN {1} END", target,
                    fmt::format(fmt::runtime(parts), target, "BIGINT")),
        false, fmt::format("NOT isfinite({})", source)};
}

std::optional<Forms> forms(const SourceType& type, std::string_view target_type, const std::string& source,
                           const std::string& target, SourceEncoding encoding);

// Both sides count bytes in UTF-8.
std::string with_length(const std::string& source, SourceEncoding encoding) {
    return encoding != SourceEncoding::other
               ? fmt::format("octet_length({0}) || ':' || {0}", source)
               : fmt::format("octet_length(convert_to({0}, 'UTF8')) || ':' || {0}", source);
}

std::string with_length_in_target(const std::string& target) {
    return fmt::format("strlen({0}) || ':' || {0}", target);
}

// Free text gets its length in front, so that no two rows of texts run into the same whole.
Forms delimited(Forms forms, SourceEncoding encoding) {
    if (!forms.free) return forms;
    return {with_length(forms.source, encoding), with_length_in_target(forms.target), false, forms.misfit};
}

Forms free_text(const SourceType& type, const std::string& source, const std::string& target, SourceEncoding encoding) {
    const std::string text = source_text(type, source);
    return {text, target, true, encoding == SourceEncoding::sql_ascii ? "NOT " + is_utf8(text) : ""};
}

std::optional<Forms> list(const SourceType& type, std::string_view target_type, const std::string& source,
                          const std::string& target, SourceEncoding encoding) {
    if (!type.is_array) return std::nullopt;
    const auto inner = forms(element_of(type), element_of(target_type), "e", "e", encoding);
    if (!inner) return std::nullopt;
    const Forms one = delimited(*inner, encoding);
    Forms whole;
    // unnest behind FROM would take composites apart into their fields.
    whole.source = fmt::format(
        "CASE WHEN {0} IS NOT NULL THEN '{{' || (SELECT coalesce(string_agg(coalesce({1}, {2}), ',' ORDER BY n), '') "
        "FROM (SELECT unnest({0}) AS e, generate_subscripts({0}, 1) AS n) AS u) || '}}' END",
        source, one.source, kNull);
    whole.target = fmt::format("'{{' || array_to_string(list_transform({}, lambda e: coalesce({}, {})), ',') || '}}'",
                               target, one.target, kNull);
    whole.misfit = fmt::format("(array_ndims({0}) > 1 OR array_lower({0}, 1) <> 1", source);
    if (!one.misfit.empty())
        whole.misfit += fmt::format(" OR EXISTS (SELECT FROM unnest({}) AS u(e) WHERE {})", source, one.misfit);
    whole.misfit += ")";
    return whole;
}

std::optional<Forms> forms(const SourceType& type, std::string_view target_type, const std::string& source,
                           const std::string& target, SourceEncoding encoding) {
    const std::string_view kind = short_name(target_type);
    const Forms as_both_print{source + "::text", target + "::VARCHAR"};
    if (kind.ends_with("[]")) return list(type, kind, source, target, encoding);
    if (kind == "VARCHAR") return free_text(type, source, target, encoding);
    if (type.is_array) return std::nullopt;
    if (is_hstore(type, kind)) return free_text(type, source, hstore_text(target), encoding);
    if (kind == "JSON") return free_text(type, source, target + "::VARCHAR", encoding);
    if (is_integer(kind) || kind == "UUID" || kind == "TIME") return as_both_print;
    if (kind == "TIMETZ") return time_tz(source, target);
    if (kind == "BOOLEAN") return Forms{source + "::int::text", target + "::INTEGER::VARCHAR"};
    if (kind == "FLOAT" || kind == "DOUBLE") return floating(source, target);
    if (kind.starts_with("DECIMAL(")) return decimal(type, kind, source, target);
    if (kind == "BLOB") return Forms{fmt::format("encode({}, 'hex')", source), fmt::format("lower(hex({}))", target)};
    if (kind == "BIT")
        return Forms{source + "::text", target + "::VARCHAR", false,
                     type.name == "varbit" ? fmt::format("length({}) = 0", source) : ""};
    if (kind == "DATE") return date(source, target);
    if (kind == "TIMESTAMP") return timestamp(source, target, "timestamp");
    if (kind == "TIMESTAMPTZ") return timestamp(source, target, "timestamptz");
    if (kind == "INTERVAL") return interval(source, target);
    return std::nullopt;
}

}  // namespace

// format('%s') asks the output function; a cast to text may not (inet, bool, char(n)). IS DISTINCT FROM: a composite of
// NULLs IS NULL and yet a value.
std::string source_text(const SourceType& type, const std::string& value) {
    if (is_plain_text(type)) return value;
    return fmt::format("CASE WHEN {0} IS DISTINCT FROM NULL THEN format('%s', {0}) END", value);
}

std::string shown_text(const SourceType& type, const std::string& value, SourceEncoding encoding) {
    const std::string text = source_text(type, value);
    if (encoding != SourceEncoding::sql_ascii) return text;
    return fmt::format(R"(CASE WHEN {0} THEN {1} ELSE '\x' || encode(convert_to({1}, 'SQL_ASCII'), 'hex') END)",
                       is_utf8(text), text);
}

std::string target_text(const SourceType& type, const std::string& target_type, const std::string& value) {
    if (target_type.ends_with("[]"))
        return array_text(value, target_text(element_of(type), std::string(element_of(target_type)), "e"),
                          type.delimiter);
    if (is_hstore(type, target_type)) return hstore_text(value);
    if (short_name(target_type) == "TIMETZ") return time_tz_text(value);
    if (target_type.starts_with("DECIMAL(")) return decimal_text(value);
    if (target_type == "BLOB") return fmt::format("'\\x' || lower(hex({}))", value);
    if (target_type == "DATE" || target_type.starts_with("TIMESTAMP"))
        return fmt::format("replace({}::VARCHAR, ' (BC)', ' BC')", value);
    return value + "::VARCHAR";
}

std::optional<CanonicalPair> canonical(const ColumnPair& column, SourceEncoding encoding) {
    const auto found = forms(column.type, column.target_type, column.source, column.target, encoding);
    if (!found) return std::nullopt;
    const Forms native = delimited(*found, encoding);
    CanonicalPair pair{native.source, native.target};
    if (!native.misfit.empty()) {
        pair.source = fmt::format("CASE WHEN {} THEN 'x' || {} ELSE {} END", native.misfit,
                                  with_length(shown_text(column.type, column.source, encoding), encoding), pair.source);
    }
    if (!column.exact.empty())
        pair.target = fmt::format("coalesce('x' || {}, {})", with_length_in_target(column.exact), pair.target);
    pair.source = fmt::format("coalesce({}, {})", pair.source, kNull);
    pair.target = fmt::format("coalesce({}, {})", pair.target, kNull);
    return pair;
}

}  // namespace pintail::verify
