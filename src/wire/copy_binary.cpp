#include "wire/copy_binary.hpp"

namespace pintail::wire {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSignature = "PGCOPY\n\377\r\n\0"sv;
constexpr int16_t kTrailer = -1;
constexpr int32_t kNull = -1;

void skip_header(ByteReader& in) {
    if (in.bytes(kSignature.size()) != kSignature) throw Error(ErrorKind::data, "COPY: no binary format");
    if (in.number<uint32_t>() >> 16 != 0) throw Error(ErrorKind::data, "COPY: a binary format of unknown kind");
    in.bytes(in.number<uint32_t>());
}

}  // namespace

void CopyBinaryDecoder::feed(std::string_view message, const RowOrigin& origin, RowBatch& rows) {
    ByteReader in(message);
    if (!started_) skip_header(in);
    started_ = true;
    while (in.left() > 0) {
        const auto columns = in.number<int16_t>();
        if (columns == kTrailer) {
            finished_ = true;
            return;
        }
        if (static_cast<size_t>(columns) != layout_.cells.size())
            throw Error(ErrorKind::schema, "COPY: not the columns that were asked for");
        read_row(in, rows);
        rows.ops.push_back(Op::snapshot);
        rows.origins.push_back(origin);
    }
}

void CopyBinaryDecoder::read_row(ByteReader& in, RowBatch& rows) {
    size_t column = 0;
    try {
        for (; column < layout_.cells.size(); ++column) read_cell(in, column, rows);
    } catch (const Error& problem) {
        throw problem.in("column " + layout_.schema->columns[column].name)
            .in("table " + to_string(layout_.schema->name));
    }
}

void CopyBinaryDecoder::read_cell(ByteReader& in, size_t column, RowBatch& rows) {
    const auto length = in.number<int32_t>();
    if (length == kNull) return rows.columns[column].push_null();
    const PgCellPlan& plan = layout_.cells[column];
    const std::string_view value = in.bytes(static_cast<size_t>(length));
    try {
        (plan.from_binary ? plan.from_binary : plan.from_text)(plan, value, rows.arena, rows.columns[column]);
    } catch (const BeyondType& why) {
        keep_exact(rows, static_cast<uint32_t>(column), plan.from_binary ? why.exact_text() : value, plan.policy, why);
    }
}

}  // namespace pintail::wire
