#include "wire/debezium_loss.hpp"

namespace pintail::wire {
namespace {

struct Loss {
    std::string_view type;  // "*" stands for any characters, once
    std::string_view loss;
};

constexpr std::string_view kPrecise = "NaN comes as NULL: decimal.handling.mode=string sends it";
constexpr std::string_view kPreciseWide =
    "NaN and infinity come as NULL, zeros at the end are gone: decimal.handling.mode=string sends them";
constexpr std::string_view kDuration = "a month comes as 30.4375 days: interval.handling.mode=string sends months";
constexpr std::string_view kMillis = "it is cut to milliseconds: time.precision.mode=adaptive sends microseconds";
constexpr std::string_view kMidnight = "24:00:00 comes as 00:00:00: time.precision.mode=adaptive sends it";
constexpr std::string_view kNanos =
    "years outside of 1677 to 2262 come as NULL: time.precision.mode=adaptive sends them";
constexpr std::string_view kOffset =
    "it comes in UTC, its own offset is gone, with seconds in the offset it is NULL: only pintail run keeps it";
constexpr std::string_view kDate =
    "snapshots send infinity and days before 1582-10-15 as other days: only pintail run keeps them";
constexpr std::string_view kBits = "its length and zeros in front are gone: only pintail run keeps them";
// A bit(n) has the same messages, and loses nothing.
constexpr std::string_view kPaddedBits =
    "the length of a bit varying(n) is gone, zeros stand in front up to n bits: only pintail run keeps it";

// Of arrays.
constexpr std::string_view kList =
    "further dimensions and first indexes other than 1 are gone: only pintail run keeps them";
constexpr std::string_view kNumbers =
    "an array with NaN comes as NULL, further dimensions and first indexes other than 1 are gone: only pintail run "
    "keeps them";
constexpr std::string_view kWithNull =
    "an array with NULL in it comes as NULL, further dimensions and first indexes other than 1 are gone: only pintail "
    "run keeps them";
constexpr std::string_view kTimes =
    "times are cut to milliseconds, 24:00:00 comes as 00:00:00, further dimensions and first indexes other than 1 are "
    "gone: only pintail run keeps them";
constexpr std::string_view kOffsets =
    "times come in UTC, their own offset, further dimensions and first indexes other than 1 are gone: only pintail "
    "run keeps them";
constexpr std::string_view kLateMoments =
    "years from 294247 on come as infinity, further dimensions and first indexes other than 1 are gone: only pintail "
    "run keeps them";
constexpr std::string_view kEra =
    "years before Christ come as years after, further dimensions and first indexes other than 1 are gone: only pintail "
    "run keeps them";
constexpr std::string_view kNoValues = "every array but the empty one comes as NULL: only pintail run keeps them";
constexpr std::string_view kNothing = "nothing of it comes: only pintail run has it";

// The first that fits.
constexpr Loss kLosses[] = {
    {"money[]", kNothing},
    {"interval[]", kNothing},
    {"bit varying[]", kNothing},
    {"bit varying(*)[]", kNothing},
    {"point[]", kNothing},
    {"bit(*)[]", kNothing},
    {"box[]", kNoValues},
    {"io.debezium.data.geometry.Geometry[]", kNoValues},
    {"numeric*[]", kNumbers},
    {"io.debezium.data.VariableScaleDecimal[]", kNumbers},
    {"io.debezium.time.ZonedTime[]", kOffsets},
    {"time with time zone*[]", kOffsets},
    {"time without time zone*[]", kTimes},
    {"io.debezium.time.Time[]", kTimes},
    {"io.debezium.time.MicroTime[]", kTimes},
    {"io.debezium.time.MicroTimestamp[]", kLateMoments},
    {"timestamp without time zone*[]", kLateMoments},
    {"io.debezium.time.ZonedTimestamp[]", kEra},
    {"timestamp with time zone*[]", kEra},
    {"*(no NULL)[]", kWithNull},
    {"io.debezium.data.Ltree[]", kWithNull},
    {"ltree[]", kWithNull},
    {"*[]", kList},
    {"* (array)", kList},
    {"*) (precise)", kPrecise},
    {"numeric (precise)", kPreciseWide},
    {"io.debezium.data.VariableScaleDecimal", kPreciseWide},
    {"* (double)", "15 to 17 digits are left, infinity comes as NULL: decimal.handling.mode=string sends all digits"},
    {"io.debezium.time.MicroDuration", kDuration},
    {"* (numeric)", kDuration},
    {"org.apache.kafka.connect.data.Time", kMillis},
    {"org.apache.kafka.connect.data.Timestamp", kMillis},
    {"* (connect)", kMillis},
    {"io.debezium.time.IsoTime", kMidnight},
    {"io.debezium.time.NanoTimestamp", kNanos},
    {"* (nanoseconds)", kNanos},
    {"io.debezium.time.ZonedTime", kOffset},
    {"time with time zone", kOffset},
    {"io.debezium.time.Date", kDate},
    {"io.debezium.time.IsoDate", kDate},
    {"org.apache.kafka.connect.data.Date", kDate},
    {"date", kDate},
    {"io.debezium.data.Bits", kBits},
    {"bit varying", kBits},
    {"io.debezium.data.Bits(*", kPaddedBits},
    {"bit varying(*", kPaddedBits},
};

bool fits(std::string_view pattern, std::string_view type) {
    const size_t star = pattern.find('*');
    if (star == std::string_view::npos) return type == pattern;
    return type.size() + 1 >= pattern.size() && type.starts_with(pattern.substr(0, star)) &&
           type.ends_with(pattern.substr(star + 1));
}

}  // namespace

std::string_view debezium_loss(std::string_view source_type) {
    for (const Loss& candidate : kLosses) {
        if (fits(candidate.type, source_type)) return candidate.loss;
    }
    return {};
}

}  // namespace pintail::wire
