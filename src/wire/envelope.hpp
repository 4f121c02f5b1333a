// The parts of a Debezium change event, found but not yet decoded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/debezium_event.hpp"
#include "wire/json_tokens.hpp"

namespace pintail::wire {

// The `source` block: which table, where in the log, when. The names are raw JSON strings.
struct SourceBlock {
    std::string_view connector;
    std::string_view schema;
    std::string_view table;
    SnapshotMark snapshot = SnapshotMark::none;
    std::optional<uint64_t> last_commit_lsn;
    std::optional<uint64_t> lsn;
    uint32_t xid = 0;  // 0: it does not say
    int64_t time_us = 0;
};

struct Envelope {
    char op = 0;       // c u d r t m; 0: not a change event, and nothing to apply
    Token before = 0;  // 0: null or not there
    Token after = 0;
    Token after_end = 0;  // behind it
    SourceBlock source;
};

// Remembers where the fields of `source` stood last time: they keep their places from message to message.
class EnvelopeReader {
public:
    // Rows have this many tokens (RowPlan::tokens_per_row) when they are whole; 0: they vary. Saves the walk over
    // `after`. Whoever decodes the row proves that it ended where the envelope says (Envelope::after_end).
    void expect_row(Token tokens) { row_length_ = tokens; }

    // False: it has no envelope. Error (data) for JSON that is no message of a Debezium Postgres connector, saying what
    // is missing.
    bool read(const JsonTokens& json, Envelope& envelope);

private:
    static constexpr size_t kFields = 9;  // of `source` that are needed

    Token read_field(const JsonTokens& json, std::string_view key, Token value, Envelope& envelope);
    Token row_end(const JsonTokens& json, Token row) const;
    Token read_source(const JsonTokens& json, Token object, SourceBlock& source);
    Token read_source_anew(const JsonTokens& json, Token object, SourceBlock& source);
    bool read_known_source(const JsonTokens& json, Token object, SourceBlock& source) const;

    std::array<Token, kFields> places_{};  // of the values, from the object's start; 0: not there
    Token source_length_ = 0;              // tokens; 0: nothing known
    Token source_at_ = 0;                  // of the message at hand
    Token row_length_ = 0;
};

}  // namespace pintail::wire
