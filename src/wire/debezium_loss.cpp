#include "wire/debezium_loss.hpp"

namespace pintail::wire {
namespace {

struct Loss {
    std::string_view type;  // the whole of it, or, where it begins with a star, its end
    std::string_view loss;
};

constexpr std::string_view kPrecise = "NaN comes as NULL: decimal.handling.mode=string sends it";
constexpr std::string_view kPreciseWide =
    "NaN and infinity come as NULL, zeros at the end are gone: decimal.handling.mode=string sends NaN and zeros";
constexpr std::string_view kDuration = "a month comes as 30.4375 days: interval.handling.mode=string sends months";
constexpr std::string_view kMillis = "it is cut to milliseconds: time.precision.mode=adaptive sends microseconds";
constexpr std::string_view kNanos =
    "years outside of 1677 to 2262 come as NULL: time.precision.mode=adaptive sends them";
constexpr std::string_view kOffset = "it comes in UTC, its own offset is gone: only pintail run keeps it";
constexpr std::string_view kDate =
    "snapshots send infinity and days before 1582-10-15 as other days: only pintail run keeps them";
constexpr std::string_view kBits = "its length and zeros in front are gone: only pintail run keeps them";
constexpr std::string_view kList =
    "further dimensions and first indexes other than 1 are gone: only pintail run keeps them";

// The first that fits.
constexpr Loss kLosses[] = {
    {"*[]", kList},
    {"*) (precise)", kPrecise},
    {"numeric (precise)", kPreciseWide},
    {"io.debezium.data.VariableScaleDecimal", kPreciseWide},
    {"* (double)", "15 to 17 digits are left, infinity comes as NULL: decimal.handling.mode=string sends all digits"},
    {"numeric", "infinity comes as NULL: only pintail run keeps it"},
    {"io.debezium.time.MicroDuration", kDuration},
    {"* (numeric)", kDuration},
    {"org.apache.kafka.connect.data.Time", kMillis},
    {"org.apache.kafka.connect.data.Timestamp", kMillis},
    {"* (connect)", kMillis},
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
};

bool fits(std::string_view pattern, std::string_view type) {
    return pattern.starts_with('*') ? type.ends_with(pattern.substr(1)) : type == pattern;
}

}  // namespace

std::string_view debezium_loss(std::string_view source_type) {
    for (const Loss& candidate : kLosses) {
        if (fits(candidate.type, source_type)) return candidate.loss;
    }
    return {};
}

}  // namespace pintail::wire
