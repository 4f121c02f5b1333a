#include <cstring>

#include "core/error.hpp"
#include "duck/chunk_fill.hpp"

namespace pintail::duck {
namespace {

using Value = Handle<duckdb_value, duckdb_destroy_value>;

template <typename T>
T cell(const Column& column, size_t row) {
    static_assert(std::is_trivially_copyable_v<T>);
    return column.at<T>(row);
}

duckdb_hugeint unscaled(const Column& column, size_t row) {
    const auto widen = [](int64_t value) { return duckdb_hugeint{static_cast<uint64_t>(value), value < 0 ? -1 : 0}; };
    switch (column.width()) {
        case 2: return widen(column.at<int16_t>(row));
        case 4: return widen(column.at<int32_t>(row));
        case 8: return widen(column.at<int64_t>(row));
        default: return cell<duckdb_hugeint>(column, row);
    }
}

duckdb_value uuid_value(const Column& column, size_t row) {
    const auto bits = column.at<Int128>(row);
    constexpr uint64_t kTopBit = uint64_t{1} << 63;
    return duckdb_create_uuid({bits.low, static_cast<uint64_t>(bits.high) ^ kTopBit});
}

duckdb_value blob_value(const Column& column, size_t row) {
    const std::string_view bytes = column.string_at(row);
    return duckdb_create_blob(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

duckdb_value text_value(const Column& column, size_t row) {
    const std::string_view text = column.string_at(row);
    return duckdb_create_varchar_length(text.data(), text.size());
}

duckdb_value value_of(const Column& column, const ColumnType& type, size_t row) {
    switch (type.kind) {
        case TypeKind::boolean: return duckdb_create_bool(column.at<uint8_t>(row) != 0);
        case TypeKind::int16: return duckdb_create_int16(column.at<int16_t>(row));
        case TypeKind::int32: return duckdb_create_int32(column.at<int32_t>(row));
        case TypeKind::int64: return duckdb_create_int64(column.at<int64_t>(row));
        case TypeKind::uint32: return duckdb_create_uint32(column.at<uint32_t>(row));
        case TypeKind::hugeint: return duckdb_create_hugeint(cell<duckdb_hugeint>(column, row));
        case TypeKind::float32: return duckdb_create_float(column.at<float>(row));
        case TypeKind::float64: return duckdb_create_double(column.at<double>(row));
        case TypeKind::decimal: return duckdb_create_decimal({type.precision, type.scale, unscaled(column, row)});
        case TypeKind::varchar: return text_value(column, row);
        case TypeKind::blob: return blob_value(column, row);
        case TypeKind::uuid: return uuid_value(column, row);
        case TypeKind::date: return duckdb_create_date({column.at<int32_t>(row)});
        case TypeKind::time: return duckdb_create_time({column.at<int64_t>(row)});
        case TypeKind::timestamp: return duckdb_create_timestamp({column.at<int64_t>(row)});
        case TypeKind::timestamp_tz: return duckdb_create_timestamp_tz({column.at<int64_t>(row)});
        case TypeKind::interval: return duckdb_create_interval(cell<duckdb_interval>(column, row));
        default: throw Error(ErrorKind::internal, "a key of a type that cannot be bound");
    }
}

}  // namespace

bool can_bind(TypeKind kind) {
    switch (kind) {
        case TypeKind::json:
        case TypeKind::bit:
        case TypeKind::time_tz:
        case TypeKind::list:
        case TypeKind::structure: return false;
        default: return true;
    }
}

void bind_cell(Statement& statement, size_t parameter, const Column& column, const ColumnType& type, size_t row) {
    const Value value(value_of(column, type, row));
    if (duckdb_bind_value(statement.get(), parameter, value.get()) == DuckDBError) {
        throw Error(ErrorKind::internal, "a key could not be bound");
    }
}

}  // namespace pintail::duck
