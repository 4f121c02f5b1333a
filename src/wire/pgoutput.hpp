// The messages of pgoutput, protocol versions 1 to 4: bytes in, views out. Pure; the views live as long as the bytes.
// https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/lsn.hpp"
#include "core/table_schema.hpp"

namespace pintail::wire {

struct PgRelation {
    uint32_t id = 0;
    TableName name;
    char replica_identity = 'd';  // pg_class.relreplident
    struct Attribute {
        bool in_identity = false;
        std::string name;
        uint32_t type = 0;  // pg_type.oid; a domain's own
        int32_t modifier = -1;
    };
    std::vector<Attribute> attributes;
};

// One message, cut up. Which members mean something depends on `kind`, the message's first byte.
struct PgMessage {
    enum Kind : char {
        begin = 'B',
        commit = 'C',
        origin = 'O',
        relation = 'R',
        type = 'Y',
        insert = 'I',
        update = 'U',
        remove = 'D',
        truncate = 'T',
        logical = 'M',
        stream_start = 'S',
        stream_stop = 'E',
        stream_commit = 'c',
        stream_abort = 'A'
    };

    char kind = 0;
    uint32_t xid = 0;          // begin, stream_*; inside a stream also of every other: the (sub)transaction's
    uint32_t subxid = 0;       // stream_abort: what is rolled back; equal to xid: all of it
    bool first_part = false;   // stream_start: nothing of this transaction came before
    Lsn lsn;                   // begin, commit, stream_commit: where its COMMIT record begins
    Lsn end_lsn;               // commit, stream_commit: where it ends
    int64_t time_us = 0;       // begin, commit, stream_commit: microseconds since 1970
    uint32_t relation_id = 0;  // insert, update, remove
    char old_kind = 0;         // update, remove: 'K' key columns only, 'O' all columns, 0 none
    std::string_view old_tuple;
    std::string_view new_tuple;
    std::vector<uint32_t> relation_ids;  // truncate
    bool transactional = false;          // logical
    std::string_view prefix;             // logical
    std::string_view content;            // logical
    std::string_view body;               // relation: for read_pg_relation()
};

// Cuts `bytes` up into `message`, whose vectors are reused. `in_stream`: between stream_start and stream_stop, where
// messages carry an xid. Error (data) for what the protocol does not know.
void read_pgoutput(std::string_view bytes, bool in_stream, PgMessage& message);

PgRelation read_pg_relation(std::string_view body);

}  // namespace pintail::wire
