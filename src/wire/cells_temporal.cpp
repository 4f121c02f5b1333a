#include <limits>

#include "wire/cell_decoders.hpp"
#include "wire/iso_time.hpp"
#include "wire/pg_value_text.hpp"
#include "wire/timestamp_range.hpp"
#include "wire/whole_number.hpp"

namespace pintail::wire {
namespace {

constexpr int64_t kMaxInt64 = std::numeric_limits<int64_t>::max();
constexpr int64_t kMinInt64 = std::numeric_limits<int64_t>::min();

// How Debezium spells infinity where the encoding is a number: leftovers of pgjdbc's DATE_POSITIVE_INFINITY
// (9223372036825200000 ms) and DATE_NEGATIVE_INFINITY (-9223372036832400000 ms), whole, cut or overflowed. All lie
// outside of what Postgres can hold (but for the millisecond form of 2.6, which is the infinity's own value).
struct Sentinel {
    int64_t value;
    int64_t cell;
};

constexpr Sentinel kDateSentinels[] = {{2146033979, kDateInfinity},
                                       {-2147472692, kDateInfinity},
                                       {-622191234, kDateInfinity},  // streamed, docs, snapshot
                                       {-2147472691, -kDateInfinity},
                                       {-625821272, -kDateInfinity}};
constexpr Sentinel kMilliSentinels[] = {
    {9223372036825200000, kTimestampInfinity}, {-9223372036832400000, -kTimestampInfinity},
    {9223372036825200, kTimestampInfinity},    {-9223372036832400, -kTimestampInfinity},  // Debezium 2.6
    {kMaxInt64, kTimestampInfinity},           {kMinInt64, -kTimestampInfinity}};
constexpr Sentinel kMicroSentinels[] = {{kMaxInt64, kTimestampInfinity},
                                        {kMinInt64, -kTimestampInfinity},
                                        {9223372036825200000, kTimestampInfinity},
                                        {-9223372036832400000, -kTimestampInfinity}};
// As texts: the end of int64's microseconds is a moment like any other.
constexpr Sentinel kTextSentinels[] = {{9223372036825200000, kTimestampInfinity},
                                       {-9223372036832400000, -kTimestampInfinity}};
constexpr Sentinel kNanoSentinels[] = {{kMaxInt64, kTimestampInfinity}, {kMinInt64, -kTimestampInfinity}};

template <size_t Count>
const Sentinel* sentinel(const Sentinel (&known)[Count], int64_t value) {
    for (const Sentinel& candidate : known) {
        if (candidate.value == value) return &candidate;
    }
    return nullptr;
}

int64_t whole(const CellPlan& plan, std::string_view text) {
    int64_t number = 0;
    if (parse_whole(text, number) != WholeNumber::ok) throw unfit(plan, "no whole number within range");
    return number;
}

// The infinities as texts: pgjdbc's sentinels, in the time zone of the worker. The second ones of each are those of an
// array's elements and of a snapshot's dates, their era lost.
const Sentinel* infinite_text(std::string_view text) {
    static constexpr Sentinel kPlus{0, kTimestampInfinity}, kMinus{0, -kTimestampInfinity};
    if (text == "infinity" || text.starts_with("+292278994-08-1")) return &kPlus;
    for (const std::string_view minus : {"-infinity", "-292275055-05-1", "+292269055-12-0", "-292269054-12-0"}) {
        if (text.starts_with(minus)) return &kMinus;
    }
    return nullptr;
}

// Nanoseconds are never finer than the source's microseconds.
int64_t nanos_to_micros(const CellPlan& plan, int64_t nanos) {
    if (nanos % 1000 != 0) throw unfit(plan, "finer than a microsecond");
    return nanos / 1000;
}

void push_time(const CellPlan& plan, int64_t micros, Column& column) {
    if (micros < 0 || micros > kMicrosPerDay) throw unfit(plan, "out of range");
    column.push(micros);
}

void push_timestamp(const CellPlan& plan, int64_t micros, Column& column) {
    if (!is_storable_timestamp(micros)) throw unfit(plan, "out of range");
    column.push(micros);
}

// A timestamp that Postgres has and DuckDB has not.
bool is_late(const Moment& moment) {
    const int64_t last_day = kLastTimestampMicros / kMicrosPerDay;
    return moment.days <= kLastTimestampDay &&
           (moment.days > last_day ||
            (moment.days == last_day && moment.micros > kLastTimestampMicros % kMicrosPerDay));
}

BeyondType late_timestamp(const CellPlan& plan, const Moment& moment) {
    return beyond(plan, kBeyondTimestamps,
                  pg_timestamp_text(moment.days, moment.micros, plan.type.kind == TypeKind::timestamp_tz));
}

constexpr int64_t kMillisPerDay = 86'400'000;

// What an ISO text says that is beyond int64's microseconds.
int64_t late_iso_timestamp(const CellPlan& plan, std::string_view text) {
    const auto moment = parse_iso_moment(text);
    if (moment && is_late(*moment)) throw late_timestamp(plan, *moment);
    throw unfit(plan, "no ISO 8601 timestamp within range");
}

int64_t iso_timestamp(const CellPlan& plan, std::string_view text) {
    const auto micros = parse_iso_timestamp(text);
    return micros && *micros != kTimestampInfinity ? *micros : late_iso_timestamp(plan, text);
}

// The sentinels have gone by: what is left is late.
int64_t millis_to_micros(const CellPlan& plan, int64_t millis) {
    int64_t micros = 0;
    if (!__builtin_mul_overflow(millis, 1000, &micros)) return micros;
    const Moment moment{millis / kMillisPerDay, millis % kMillisPerDay * 1000};
    if (millis > 0 && is_late(moment)) throw late_timestamp(plan, moment);
    throw unfit(plan, "out of range");
}

// The number of a time or a timestamp, or what its ISO text says; `convert` makes microseconds of the number.
template <typename Parse, typename Convert>
int64_t number_or_iso(const CellPlan& plan, Token value, CellContext& context, Parse parse, Convert convert) {
    if (context.json.kind(value) != '"') return convert(whole(plan, context.json.scalar(value)));
    const auto micros = parse(context.json.raw_string(value));
    if (!micros) throw unfit(plan, "no ISO 8601 text");
    return *micros;
}

template <typename Convert>
Token decode_time(const CellPlan& plan, Token value, CellContext& context, Column& column, Convert convert) {
    push_time(plan, number_or_iso(plan, value, context, parse_iso_time, convert), column);
    return value + 1;
}

// `known` are the sentinels in the number's unit.
template <size_t Count, typename Convert>
Token decode_timestamp(const CellPlan& plan, Token value, CellContext& context, Column& column,
                       const Sentinel (&known)[Count], Convert convert) {
    const JsonTokens& json = context.json;
    const bool is_text = json.kind(value) == '"';
    if (const Sentinel* named = is_text ? infinite_text(json.raw_string(value)) : nullptr) {
        column.push(named->cell);
        return value + 1;
    }
    const int64_t number = is_text ? iso_timestamp(plan, json.raw_string(value)) : whole(plan, json.scalar(value));
    const Sentinel* infinite = is_text ? sentinel(kTextSentinels, number) : sentinel(known, number);
    if (infinite != nullptr) column.push(infinite->cell);
    else push_timestamp(plan, is_text ? number : convert(number), column);
    return value + 1;
}

int64_t checked_scale(const CellPlan& plan, int64_t number, int64_t factor) {
    int64_t product = 0;
    if (__builtin_mul_overflow(number, factor, &product)) throw unfit(plan, "out of range");
    return product;
}

}  // namespace

Token decode_date(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const bool is_text = context.json.kind(value) == '"';
    if (const Sentinel* named = is_text ? infinite_text(context.json.raw_string(value)) : nullptr) {
        column.push(named->cell > 0 ? kDateInfinity : -kDateInfinity);
        return value + 1;
    }
    const auto as_it_is = [](int64_t days) { return days; };
    const int64_t days = number_or_iso(plan, value, context, parse_iso_date, as_it_is);
    const Sentinel* infinite = sentinel(kDateSentinels, days);
    if (infinite == nullptr && !is_postgres_date(days)) throw unfit(plan, "out of range");
    column.push(static_cast<int32_t>(infinite != nullptr ? infinite->cell : days));
    return value + 1;
}

Token decode_time_millis(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_time(plan, value, context, column, [&](int64_t millis) { return checked_scale(plan, millis, 1000); });
}

Token decode_time_micros(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_time(plan, value, context, column, [](int64_t micros) { return micros; });
}

Token decode_time_nanos(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_time(plan, value, context, column, [&](int64_t nanos) { return nanos_to_micros(plan, nanos); });
}

Token decode_zoned_time(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    int32_t offset_seconds = 0;
    const auto micros = parse_iso_zoned_time(context.json.raw_string(value), offset_seconds);
    if (!micros) throw unfit(plan, "no ISO 8601 time with a zone");
    if (!is_storable_offset(offset_seconds)) throw unfit(plan, "its zone is out of range");
    column.push(time_tz_cell(*micros, offset_seconds));
    return value + 1;
}

Token decode_timestamp_millis(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_timestamp(plan, value, context, column, kMilliSentinels,
                            [&](int64_t millis) { return millis_to_micros(plan, millis); });
}

Token decode_timestamp_micros(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_timestamp(plan, value, context, column, kMicroSentinels, [](int64_t micros) { return micros; });
}

Token decode_timestamp_nanos(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_timestamp(plan, value, context, column, kNanoSentinels,
                            [&](int64_t nanos) { return nanos_to_micros(plan, nanos); });
}

Token decode_zoned_timestamp(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const std::string_view text = context.json.raw_string(value);
    if (const Sentinel* infinite = infinite_text(text)) {
        column.push(infinite->cell);
        return value + 1;
    }
    const int64_t micros = iso_timestamp(plan, text);
    const Sentinel* infinite = sentinel(kTextSentinels, micros);
    if (infinite != nullptr) column.push(infinite->cell);
    else push_timestamp(plan, micros, column);
    return value + 1;
}

Token decode_duration(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (context.json.kind(value) == '"') {
        throw unfit(plan, "it is a text: the connector writes interval.handling.mode=string, say so");
    }
    const int64_t micros = whole(plan, context.json.scalar(value));
    if (micros == kMaxInt64 || micros == kMinInt64) throw unfit(plan, "out of range");  // where Debezium's sum stops
    column.push(micros);
    return value + 1;
}

Token decode_interval(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const auto interval = parse_iso_interval(context.json.raw_string(value));
    if (!interval) throw unfit(plan, "no ISO 8601 duration within range");
    column.push(*interval);
    return value + 1;
}

}  // namespace pintail::wire
