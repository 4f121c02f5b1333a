// Dates and times as Postgres writes them under datestyle ISO, intervalstyle postgres and time zone UTC
// (https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-OUTPUT).
#include <limits>

#include "wire/iso_time.hpp"
#include "wire/pg_cell_decoders.hpp"
#include "wire/timestamp_range.hpp"

namespace pintail::wire {
namespace {

constexpr int64_t kMicrosPerHour = 3600 * kMicrosPerSecond;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;

// Reads from the front; a failed read leaves `ok` false for good. Postgres' own output needs no range checks.
struct Text {
    std::string_view left;
    bool ok = true;

    bool take(char c) {
        if (left.empty() || left[0] != c) return false;
        left.remove_prefix(1);
        return true;
    }
    void expect(char c) { ok &= take(c); }

    bool take(std::string_view word) {
        if (!left.starts_with(word)) return false;
        left.remove_prefix(word.size());
        return true;
    }

    int64_t number() {
        int64_t value = 0;
        size_t digits = 0;
        for (; digits < left.size() && digits < 18; ++digits) {
            const unsigned digit = static_cast<unsigned char>(left[digits]) - '0';
            if (digit > 9) break;
            value = value * 10 + digit;
        }
        ok &= digits > 0;
        left.remove_prefix(digits);
        return value;
    }

    int64_t fraction_micros() {
        if (!take('.')) return 0;
        const size_t before = left.size();
        int64_t micros = number();
        size_t digits = before - left.size();
        ok &= digits <= 6;
        for (; digits < 6; ++digits) micros *= 10;
        return micros;
    }
};

struct CivilDate {
    int64_t year;
    unsigned month;
    unsigned day;
};

CivilDate read_date(Text& in) {
    CivilDate date{};
    date.year = in.number();
    in.expect('-');
    date.month = static_cast<unsigned>(in.number());
    in.expect('-');
    date.day = static_cast<unsigned>(in.number());
    return date;
}

// 0001 BC is the astronomical year 0.
int64_t days_of(const CivilDate& date, bool before_christ) {
    return days_from_civil(before_christ ? 1 - date.year : date.year, date.month, date.day);
}

// "04:05:06.789"; hours may have any number of digits (intervals). Unsigned: the longest negative interval has no
// positive counterpart.
uint64_t read_clock_size(Text& in) {
    uint64_t micros = static_cast<uint64_t>(in.number() * kMicrosPerHour);
    in.expect(':');
    micros += static_cast<uint64_t>(in.number() * kMicrosPerMinute);
    in.expect(':');
    micros += static_cast<uint64_t>(in.number() * kMicrosPerSecond);
    return micros + static_cast<uint64_t>(in.fraction_micros());
}

int64_t read_clock(Text& in) {
    return static_cast<int64_t>(read_clock_size(in));
}

// "+02", "-03:30", "+05:30:15" → seconds east of UTC.
int32_t read_offset(Text& in) {
    const bool west = in.take('-');
    if (!west) in.expect('+');
    int64_t seconds = in.number() * 3600;
    if (in.take(':')) seconds += in.number() * 60;
    if (in.take(':')) seconds += in.number();
    return static_cast<int32_t>(west ? -seconds : seconds);
}

bool finished(const Text& in) {
    return in.ok && in.left.empty();
}

bool fits_int32(int64_t value) {
    return value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
}

// One part of an interval: "-2 mons", "+3 days", "-04:05:06.789".
void read_interval_part(Text& in, int64_t& months, int64_t& days, int64_t& micros) {
    const bool negative = in.take('-');
    if (!negative) in.take('+');
    const Text from_here = in;
    const int64_t number = in.number();
    const int64_t amount = negative ? -number : number;
    if (!in.take(' ')) {
        in = from_here;
        const uint64_t clock = read_clock_size(in);
        micros += static_cast<int64_t>(negative ? 0 - clock : clock);
    } else if (in.take("year")) {
        months += amount * 12;
    } else if (in.take("mon")) {
        months += amount;
    } else {
        in.ok &= in.take("day");
        days += amount;
    }
    in.take('s');
    if (!in.left.empty()) in.expect(' ');
}

}  // namespace

void text_to_date(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    if (value == "infinity") return column.push(kDateInfinity);
    if (value == "-infinity") return column.push(-kDateInfinity);
    Text in{value};
    const CivilDate date = read_date(in);
    const int64_t days = days_of(date, in.take(" BC"));
    if (!finished(in) || !is_postgres_date(days)) throw unfit(plan, "no date");
    column.push(static_cast<int32_t>(days));
}

void text_to_time(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    Text in{value};
    const int64_t micros = read_clock(in);
    if (!finished(in) || micros > kMicrosPerDay) throw unfit(plan, "no time of day");
    column.push(micros);
}

void text_to_time_tz(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    Text in{value};
    const int64_t micros = read_clock(in);
    const int32_t offset = read_offset(in);
    if (!finished(in) || micros > kMicrosPerDay) throw unfit(plan, "no time of day with a zone");
    if (!is_storable_offset(offset)) throw unfit(plan, "its zone lies beyond 15:59:59");
    column.push(time_tz_cell(micros, offset));
}

void text_to_timestamp(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    if (value == "infinity") return column.push(kTimestampInfinity);
    if (value == "-infinity") return column.push(-kTimestampInfinity);
    Text in{value};
    const CivilDate date = read_date(in);
    in.expect(' ');
    int64_t micros = read_clock(in);
    if (plan.type.kind == TypeKind::timestamp_tz) micros -= read_offset(in) * kMicrosPerSecond;
    int64_t day_micros = 0;
    const bool overflow = __builtin_mul_overflow(days_of(date, in.take(" BC")), kMicrosPerDay, &day_micros) ||
                          __builtin_add_overflow(micros, day_micros, &micros);
    if (!finished(in)) throw unfit(plan, "no timestamp");
    if (overflow || !is_storable_timestamp(micros)) throw beyond(plan, kBeyondTimestamps);
    column.push(micros);
}

void text_to_interval(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    if (value == "infinity" || value == "-infinity") throw beyond(plan, "DuckDB has no infinite interval");
    Text in{value};
    int64_t months = 0, days = 0, micros = 0;
    while (in.ok && !in.left.empty()) read_interval_part(in, months, days, micros);
    if (!finished(in) || !fits_int32(months) || !fits_int32(days)) throw unfit(plan, "no interval");
    column.push(Interval{static_cast<int32_t>(months), static_cast<int32_t>(days), micros});
}

}  // namespace pintail::wire
