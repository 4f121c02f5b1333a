#include "wire/pgoutput_rows.hpp"

#include <fmt/format.h>

#include "wire/byte_reader.hpp"

namespace pintail::wire {

void PgRowDecoder::decode(const PgLayout& layout, const PgMessage& message, const RowOrigin& origin, RowBatch& rows) {
    const size_t before = rows.rows();
    try {
        switch (message.kind) {
            case PgMessage::insert: return insert(layout, message, origin, rows);
            case PgMessage::update: return update(layout, message, origin, rows);
            default: return remove(layout, message, origin, rows);
        }
    } catch (const Error& problem) {
        rows.truncate(before);
        throw problem.in("table " + to_string(layout.schema->name));
    }
}

void PgRowDecoder::insert(const PgLayout& layout, const PgMessage& message, const RowOrigin& origin, RowBatch& rows) {
    split(layout, message.new_tuple, new_);
    push_row(layout, new_, Op::insert, origin, rows);
}

void PgRowDecoder::update(const PgLayout& layout, const PgMessage& message, const RowOrigin& origin, RowBatch& rows) {
    split(layout, message.new_tuple, new_);
    if (message.old_kind) {
        split(layout, message.old_tuple, old_);
        fill_from_old(layout, message);
    }
    if (!layout.schema->has_key()) {
        if (message.old_kind != 'O')
            throw Error(ErrorKind::schema, "an update of a table without key came without its old row");
        push_row(layout, old_, Op::remove, origin, rows);
        push_row(layout, new_, Op::insert, origin, rows);
        return;
    }
    const bool moves = message.old_kind && key_changed(layout);
    if (moves) {
        push_key(layout, origin, rows);
        const auto removed = static_cast<uint32_t>(rows.rows() - 1);
        rows.key_changes.push_back({removed + 1, removed});
    }
    push_row(layout, new_, Op::update, origin, rows);
}

void PgRowDecoder::remove(const PgLayout& layout, const PgMessage& message, const RowOrigin& origin, RowBatch& rows) {
    if (!message.old_kind) throw Error(ErrorKind::data, "a delete without its old row");
    split(layout, message.old_tuple, old_);
    if (layout.schema->has_key()) return push_key(layout, origin, rows);
    if (message.old_kind != 'O')
        throw Error(ErrorKind::schema, "a delete of a table without key came without its old row");
    push_row(layout, old_, Op::remove, origin, rows);
}

void PgRowDecoder::split(const PgLayout& layout, std::string_view bytes, Tuple& tuple) {
    ByteReader in(bytes);
    const auto columns = in.number<uint16_t>();
    if (columns != layout.cells.size()) {
        throw Error(ErrorKind::schema,
                    fmt::format("a row of {} columns where {} were announced", columns, layout.cells.size()));
    }
    tuple.resize(columns);
    for (Cell& cell : tuple) {
        cell.kind = in.number<char>();
        cell.bytes = {};
        if (cell.kind == 't' || cell.kind == 'b') cell.bytes = in.bytes(in.number<uint32_t>());
    }
}

// An old row ('O') has every value; an old key ('K') has those of the identity, which may be TOASTed themselves.
void PgRowDecoder::fill_from_old(const PgLayout& layout, const PgMessage& message) {
    for (size_t i = 0; i < new_.size(); ++i) {
        if (new_[i].kind == 'u' && (message.old_kind == 'O' || old_[i].kind != 'n')) new_[i] = old_[i];
    }
    for (const uint32_t i : layout.schema->key) {
        if (new_[i].kind == 'u') throw Error(ErrorKind::data, "an update without the value of a key column");
    }
}

bool PgRowDecoder::key_changed(const PgLayout& layout) const {
    for (const uint32_t i : layout.schema->key) {
        if (old_[i].bytes != new_[i].bytes || old_[i].kind != new_[i].kind) return true;
    }
    return false;
}

void PgRowDecoder::push_row(const PgLayout& layout, const Tuple& tuple, Op op, const RowOrigin& origin,
                            RowBatch& rows) {
    for (size_t i = 0; i < tuple.size(); ++i) push_cell(layout, i, tuple[i], rows);
    rows.ops.push_back(op);
    rows.origins.push_back(origin);
}

void PgRowDecoder::push_key(const PgLayout& layout, const RowOrigin& origin, RowBatch& rows) {
    size_t next_key = 0;
    for (size_t i = 0; i < old_.size(); ++i) {
        const bool is_key = next_key < layout.schema->key.size() && layout.schema->key[next_key] == i;
        if (!is_key) {
            rows.columns[i].push_null();
            continue;
        }
        ++next_key;
        if (old_[i].kind == 'n') throw Error(ErrorKind::schema, "an old row without the value of a key column");
        push_cell(layout, i, old_[i], rows);
    }
    rows.ops.push_back(Op::remove);
    rows.origins.push_back(origin);
}

void PgRowDecoder::push_cell(const PgLayout& layout, size_t column, const Cell& cell, RowBatch& rows) {
    const PgCellPlan& plan = layout.cells[column];
    Column& cells = rows.columns[column];
    if (cell.kind == 'n') return cells.push_null();
    if (cell.kind == 'u') return cells.push_unchanged();
    const DecodePgCell read_value = cell.kind == 't' ? plan.from_text : plan.from_binary;
    if (!read_value) throw Error(ErrorKind::data, "a value in a binary form that is not read");
    try {
        try {
            read_value(plan, cell.bytes, rows.arena, cells);
        } catch (const BeyondType& why) {
            keep_exact(rows, static_cast<uint32_t>(column), cell.kind == 't' ? cell.bytes : why.exact_text(),
                       plan.policy, why);
        }
    } catch (const Error& problem) {
        throw problem.in("column " + layout.schema->columns[column].name);
    }
}

}  // namespace pintail::wire
