#include "wire/pgoutput.hpp"

#include <fmt/format.h>

#include "wire/byte_reader.hpp"

namespace pintail::wire {
namespace {

constexpr int64_t kEpochMicros = int64_t{10957} * 86'400 * 1'000'000;  // 1970-01-01 to 2000-01-01

Lsn read_lsn(ByteReader& in) {
    return Lsn{in.number<uint64_t>()};
}

int64_t read_time(ByteReader& in) {
    return in.number<int64_t>() + kEpochMicros;
}

// The bytes of one tuple, from its number of columns on.
std::string_view read_tuple(ByteReader& in) {
    const std::string_view from_here = in.rest();
    const auto columns = in.number<uint16_t>();
    for (uint16_t i = 0; i < columns; ++i) {
        const char kind = in.number<char>();
        if (kind == 't' || kind == 'b') in.bytes(in.number<uint32_t>());
        else if (kind != 'n' && kind != 'u') throw Error(ErrorKind::data, "pgoutput: a column of unknown kind");
    }
    return from_here.substr(0, from_here.size() - in.left());
}

void read_begin(ByteReader& in, PgMessage& message) {
    message.lsn = read_lsn(in);
    message.time_us = read_time(in);
    message.xid = in.number<uint32_t>();
}

void read_commit(ByteReader& in, PgMessage& message) {
    in.number<uint8_t>();  // flags, none defined
    message.lsn = read_lsn(in);
    message.end_lsn = read_lsn(in);
    message.time_us = read_time(in);
}

void read_old_tuple(ByteReader& in, PgMessage& message) {
    const char kind = in.peek();
    message.old_kind = kind == 'K' || kind == 'O' ? in.number<char>() : '\0';
    if (message.old_kind) message.old_tuple = read_tuple(in);
}

void read_new_tuple(ByteReader& in, PgMessage& message) {
    if (in.number<char>() != 'N') throw Error(ErrorKind::data, "pgoutput: a change without its new row");
    message.new_tuple = read_tuple(in);
}

void read_change(ByteReader& in, PgMessage& message) {
    message.relation_id = in.number<uint32_t>();
    if (message.kind != PgMessage::insert) read_old_tuple(in, message);
    if (message.kind != PgMessage::remove) read_new_tuple(in, message);
}

void read_truncate(ByteReader& in, PgMessage& message) {
    const auto relations = in.number<uint32_t>();
    in.number<uint8_t>();  // CASCADE, RESTART IDENTITY: the tables hit by it are listed
    message.relation_ids.clear();
    for (uint32_t i = 0; i < relations; ++i) message.relation_ids.push_back(in.number<uint32_t>());
}

void read_logical(ByteReader& in, PgMessage& message) {
    message.transactional = in.number<uint8_t>() & 1;
    message.lsn = read_lsn(in);
    message.prefix = in.text();
    message.content = in.bytes(in.number<uint32_t>());
}

void read_body(ByteReader& in, PgMessage& message) {
    switch (message.kind) {
        case PgMessage::begin: return read_begin(in, message);
        case PgMessage::commit: return read_commit(in, message);
        case PgMessage::insert:
        case PgMessage::update:
        case PgMessage::remove: return read_change(in, message);
        case PgMessage::truncate: return read_truncate(in, message);
        case PgMessage::logical: return read_logical(in, message);
        case PgMessage::stream_start:
            message.xid = in.number<uint32_t>();
            message.first_part = in.number<uint8_t>() == 1;
            return;
        case PgMessage::stream_commit: message.xid = in.number<uint32_t>(); return read_commit(in, message);
        case PgMessage::stream_abort:
            message.xid = in.number<uint32_t>();
            message.subxid = in.number<uint32_t>();
            return;
        case PgMessage::relation: message.body = in.rest(); return;
        case PgMessage::origin:
        case PgMessage::type:
        case PgMessage::stream_stop: return;
        default:
            throw Error(ErrorKind::data,
                        fmt::format("pgoutput: a message of unknown kind {:#04x}", static_cast<uint8_t>(message.kind)));
    }
}

bool carries_xid(char kind) {
    return kind == 'R' || kind == 'Y' || kind == 'I' || kind == 'U' || kind == 'D' || kind == 'T' || kind == 'M';
}

}  // namespace

void read_pgoutput(std::string_view bytes, bool in_stream, PgMessage& message) {
    ByteReader in(bytes);
    message.kind = in.number<char>();
    if (in_stream && carries_xid(message.kind)) message.xid = in.number<uint32_t>();
    read_body(in, message);
}

PgRelation read_pg_relation(std::string_view body) {
    ByteReader in(body);
    PgRelation relation;
    relation.id = in.number<uint32_t>();
    relation.name.schema = in.text();
    if (relation.name.schema.empty()) relation.name.schema = "pg_catalog";  // how the protocol writes that one
    relation.name.table = in.text();
    relation.replica_identity = in.number<char>();
    relation.attributes.resize(in.number<uint16_t>());
    for (PgRelation::Attribute& attribute : relation.attributes) {
        attribute.in_identity = in.number<uint8_t>() & 1;
        attribute.name = in.text();
        attribute.type = in.number<uint32_t>();
        attribute.modifier = in.number<int32_t>();
    }
    return relation;
}

}  // namespace pintail::wire
