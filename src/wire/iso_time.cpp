#include "wire/iso_time.hpp"

#include <limits>

namespace pintail::wire {
namespace {

constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;

// Reads a text from its front; a failed read leaves `ok` false for good.
struct Reader {
    std::string_view text;
    bool ok = true;

    bool next_is(char c) const { return !text.empty() && text[0] == c; }
    bool take(char c) {
        if (!next_is(c)) return false;
        text.remove_prefix(1);
        return true;
    }
    void expect(char c) { ok &= take(c); }

    // Between `least` and `most` digits.
    int64_t number(int least, int most) {
        int64_t value = 0;
        int count = 0;
        while (count < most && !text.empty() && text[0] >= '0' && text[0] <= '9') {
            value = value * 10 + (text[0] - '0');
            text.remove_prefix(1);
            ++count;
        }
        ok &= count >= least;
        return value;
    }

    // ".789" → 789000; digits behind the sixth must be zeros.
    int64_t fraction_micros() {
        if (!take('.')) return 0;
        int64_t micros = 0;
        int count = 0;
        for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++count) {
            if (count < 6) micros = micros * 10 + (text[0] - '0');
            else ok &= text[0] == '0';
        }
        ok &= count > 0;
        for (; count < 6; ++count) micros *= 10;
        return micros;
    }
};

unsigned days_in_month(int64_t year, int64_t month) {
    constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : kDays[month - 1];
}

int64_t read_date(Reader& in) {
    const bool negative = in.take('-');
    if (!negative) in.take('+');
    const int64_t years = in.number(4, 9);
    in.expect('-');
    const int64_t month = in.number(2, 2);
    in.expect('-');
    const int64_t day = in.number(2, 2);
    const int64_t year = negative ? -years : years;
    in.ok = in.ok && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
    return in.ok ? days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) : 0;
}

int64_t read_time(Reader& in) {
    const int64_t hours = in.number(2, 2);
    in.expect(':');
    const int64_t minutes = in.number(2, 2);
    int64_t micros = hours * kMicrosPerHour + minutes * kMicrosPerMinute;
    int64_t seconds = 0;
    if (in.take(':')) {
        seconds = in.number(2, 2);
        micros += seconds * kMicrosPerSecond + in.fraction_micros();
    }
    in.ok = in.ok && minutes < 60 && seconds < 60 && micros <= kMicrosPerDay;
    return micros;
}

// "Z", "+02:00", "-03:30", "+02", "+05:30:15" → seconds east of UTC.
int32_t read_offset(Reader& in) {
    if (in.take('Z')) return 0;
    const bool west = in.take('-');
    if (!west) in.expect('+');
    int64_t seconds = in.number(2, 2) * 3600;
    if (in.take(':')) seconds += in.number(2, 2) * 60;
    if (in.take(':')) seconds += in.number(2, 2);
    return static_cast<int32_t>(west ? -seconds : seconds);
}

int two_digits(const char* text) {
    const unsigned tens = static_cast<unsigned char>(text[0]) - '0', ones = static_cast<unsigned char>(text[1]) - '0';
    return tens < 10 && ones < 10 ? static_cast<int>(tens * 10 + ones) : -1;
}

// "2024-02-29T12:34:56.789012Z", as nearly all of them look, without a step of the reader. nullopt: read it properly.
std::optional<int64_t> parse_usual_timestamp(std::string_view text) {
    constexpr size_t kLength = 27;
    const char* at = text.data();
    if (text.size() != kLength || at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':' ||
        at[19] != '.' || at[26] != 'Z') {
        return std::nullopt;
    }
    const int century = two_digits(at), year = two_digits(at + 2), month = two_digits(at + 5), day = two_digits(at + 8);
    const int hour = two_digits(at + 11), minute = two_digits(at + 14), second = two_digits(at + 17);
    const int a = two_digits(at + 20), b = two_digits(at + 22), c = two_digits(at + 24);
    if ((century | year | month | day | hour | minute | second | a | b | c) < 0) return std::nullopt;
    const int64_t years = century * 100 + year;
    if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    if (day > static_cast<int>(days_in_month(years, month))) return std::nullopt;
    const int64_t days = days_from_civil(years, static_cast<unsigned>(month), static_cast<unsigned>(day));
    return days * kMicrosPerDay + (hour * 3600 + minute * 60 + second) * kMicrosPerSecond + a * 10000 + b * 100 + c;
}

bool finished(const Reader& in) {
    return in.ok && in.text.empty();
}

// One "-12Y" of an interval; false when `unit` does not follow (nothing is taken then).
struct Amount {
    bool negative = false;
    int64_t whole = 0;
    int64_t micros = 0;  // of its fraction, without sign
    char unit = 0;
};

Amount read_amount(Reader& in) {
    Amount amount;
    amount.negative = in.take('-');
    amount.whole = in.number(1, 12);
    amount.micros = in.fraction_micros();
    in.ok = in.ok && !in.text.empty();
    if (!in.ok) return amount;
    amount.unit = in.text[0];
    in.text.remove_prefix(1);
    return amount;
}

bool add(int64_t amount, int64_t factor, int64_t& to) {
    int64_t product = 0;
    return !__builtin_mul_overflow(amount, factor, &product) && !__builtin_add_overflow(to, product, &to);
}

struct Parts {
    int64_t months = 0, days = 0, micros = 0;

    bool add_amount(const Amount& amount, bool of_time) {
        const int64_t whole = amount.negative ? -amount.whole : amount.whole;
        if (amount.micros != 0 && amount.unit != 'S') return false;
        if (!of_time && amount.unit == 'Y') return add(whole, 12, months);
        if (!of_time && amount.unit == 'M') return add(whole, 1, months);
        if (!of_time && amount.unit == 'W') return add(whole, 7, days);
        if (!of_time && amount.unit == 'D') return add(whole, 1, days);
        if (of_time && amount.unit == 'H') return add(whole, kMicrosPerHour, micros);
        if (of_time && amount.unit == 'M') return add(whole, kMicrosPerMinute, micros);
        if (!of_time || amount.unit != 'S') return false;
        return add(whole, kMicrosPerSecond, micros) && add(amount.micros, amount.negative ? -1 : 1, micros);
    }
};

bool fits_int32(int64_t value) {
    return value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
}

}  // namespace

// https://howardhinnant.github.io/date_algorithms.html: years start in March, eras have 400 years.
int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

std::optional<int64_t> parse_iso_date(std::string_view text) {
    Reader in{text};
    const int64_t days = read_date(in);
    in.take('Z');
    if (!finished(in)) return std::nullopt;
    return days;
}

std::optional<int64_t> parse_iso_time(std::string_view text) {
    Reader in{text};
    const int64_t micros = read_time(in);
    in.take('Z');
    if (!finished(in)) return std::nullopt;
    return micros;
}

std::optional<int64_t> parse_iso_zoned_time(std::string_view text, int32_t& offset_seconds) {
    Reader in{text};
    const int64_t micros = read_time(in);
    offset_seconds = read_offset(in);
    if (!finished(in)) return std::nullopt;
    return micros;
}

std::optional<Moment> parse_iso_moment(std::string_view text) {
    Reader in{text};
    Moment moment;
    moment.days = read_date(in);
    in.expect('T');
    moment.micros = read_time(in);
    moment.micros -= (in.text.empty() ? 0 : read_offset(in)) * kMicrosPerSecond;
    if (!finished(in)) return std::nullopt;
    const int64_t carried = (moment.micros - (moment.micros < 0 ? kMicrosPerDay - 1 : 0)) / kMicrosPerDay;
    return Moment{moment.days + carried, moment.micros - carried * kMicrosPerDay};
}

std::optional<int64_t> parse_iso_timestamp(std::string_view text) {
    if (const auto usual = parse_usual_timestamp(text)) return usual;
    const auto moment = parse_iso_moment(text);
    if (!moment) return std::nullopt;
    // A day that is only partly within int64 counts from its end, so that no sum on the way leaves the range.
    const int64_t borrowed = moment->days < 0 ? 1 : 0;
    int64_t timestamp = moment->micros - borrowed * kMicrosPerDay;
    if (!add(moment->days + borrowed, kMicrosPerDay, timestamp)) return std::nullopt;
    return timestamp;
}

std::optional<Interval> parse_iso_interval(std::string_view text) {
    Reader in{text};
    in.expect('P');
    Parts parts;
    bool of_time = false, any = false;
    while (in.ok && !in.text.empty()) {
        if (!of_time && in.take('T')) of_time = true;
        in.ok = parts.add_amount(read_amount(in), of_time) && in.ok;
        any = true;
    }
    if (!in.ok || !any || !fits_int32(parts.months) || !fits_int32(parts.days)) return std::nullopt;
    return Interval{static_cast<int32_t>(parts.months), static_cast<int32_t>(parts.days), parts.micros};
}

}  // namespace pintail::wire
