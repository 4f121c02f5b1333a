#include "wire/pgoutput.hpp"

#include <gtest/gtest.h>

#include "wire/copy_binary.hpp"
#include "wire/pgoutput_rows.hpp"

namespace pintail::wire {
namespace {

using namespace std::string_literals;

// Writes messages as the server does.
struct Writer {
    template <typename Integer>
    Writer& number(Integer value) {
        for (int shift = (sizeof(Integer) - 1) * 8; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
        return *this;
    }
    Writer& raw(std::string_view text) {
        bytes += text;
        return *this;
    }
    Writer& text(std::string_view value) { return raw(value).number<uint8_t>(0); }
    // Each value: "n", "u", or "t" and the text.
    Writer& tuple(const std::vector<std::string>& cells) {
        number(static_cast<uint16_t>(cells.size()));
        for (const std::string& cell : cells) {
            bytes += cell[0];
            if (cell[0] == 't') number(static_cast<uint32_t>(cell.size() - 1)).raw(cell.substr(1));
        }
        return *this;
    }
    std::string bytes;
};

std::string change(char kind, char old_kind, const std::vector<std::string>& old_row,
                   const std::vector<std::string>& new_row) {
    Writer out;
    out.raw({&kind, 1}).number<uint32_t>(16384);
    if (old_kind) out.raw({&old_kind, 1}).tuple(old_row);
    if (kind != 'D') out.raw("N").tuple(new_row);
    return out.bytes;
}

PgLayout layout(const std::vector<std::string>& key) {
    return make_pg_layout(
        {"public", "t"},
        {{"id", {"int4", "b", -1, false, "integer"}, nullptr}, {"a", {"text", "b", -1, false, "text"}, nullptr}}, key);
}

RowBatch decode(const PgLayout& of, const std::vector<std::string>& messages) {
    RowBatch rows(of.schema);
    PgRowDecoder decoder;
    PgMessage message;
    for (const std::string& bytes : messages) {
        read_pgoutput(bytes, false, message);
        decoder.decode(of, message, {7, 8}, rows);
    }
    return rows;
}

TEST(Pgoutput, CommitsInsideAndOutsideOfStreams) {
    PgMessage message;
    read_pgoutput(Writer().raw("C\0"s).number<uint64_t>(0x100).number<uint64_t>(0x130).number<int64_t>(5).bytes, false,
                  message);
    EXPECT_EQ(message.lsn.value, 0x100u);
    EXPECT_EQ(message.end_lsn.value, 0x130u);
    EXPECT_EQ(message.time_us, 946684800000005);
    read_pgoutput(Writer()
                      .raw("c")
                      .number<uint32_t>(700)
                      .raw("\0"s)
                      .number<uint64_t>(0x100)
                      .number<uint64_t>(0x130)
                      .number<int64_t>(5)
                      .bytes,
                  false, message);
    EXPECT_EQ(message.xid, 700u);
    EXPECT_EQ(message.end_lsn.value, 0x130u);
    read_pgoutput(
        Writer().raw("A").number<uint32_t>(700).number<uint32_t>(701).number<uint64_t>(1).number<uint64_t>(2).bytes,
        false, message);
    EXPECT_EQ(message.subxid, 701u);
    read_pgoutput(Writer().raw("I").number<uint32_t>(702).raw(change('I', 0, {}, {"t1", "n"}).substr(1)).bytes, true,
                  message);
    EXPECT_EQ(message.xid, 702u);
    EXPECT_EQ(message.relation_id, 16384u);
}

TEST(Pgoutput, Relations) {
    PgMessage message;
    const std::string bytes = Writer()
                                  .raw("R")
                                  .number<uint32_t>(9)
                                  .text("My Schema")
                                  .text("T")
                                  .raw("f")
                                  .number<uint16_t>(1)
                                  .number<uint8_t>(1)
                                  .text("Id")
                                  .number<uint32_t>(23)
                                  .number<int32_t>(-1)
                                  .bytes;
    read_pgoutput(bytes, false, message);
    const PgRelation relation = read_pg_relation(message.body);
    EXPECT_EQ(to_string(relation.name), "My Schema.T");
    EXPECT_EQ(relation.replica_identity, 'f');
    ASSERT_EQ(relation.attributes.size(), 1u);
    EXPECT_TRUE(relation.attributes[0].in_identity);
    EXPECT_EQ(relation.attributes[0].name, "Id");
    EXPECT_EQ(relation.attributes[0].modifier, -1);
}

TEST(Pgoutput, TruncatedMessagesAreRefusedAtEveryLength) {
    const std::string whole = change('U', 'O', {"t1", "tx"}, {"t1", "u"});
    for (size_t length = 0; length < whole.size(); ++length) {
        PgMessage message;
        EXPECT_THROW(read_pgoutput(std::string_view(whole).substr(0, length), false, message), Error) << length;
    }
    PgMessage message;
    EXPECT_THROW(read_pgoutput("?", false, message), Error);
}

TEST(PgRows, UnchangedCellsAreMarkedOrTakenFromTheOldRow) {
    const RowBatch rows =
        decode(layout({"id"}), {change('U', 0, {}, {"t1", "u"}), change('U', 'O', {"t1", "told"}, {"t1", "u"})});
    ASSERT_EQ(rows.rows(), 2u);
    EXPECT_TRUE(rows.columns[1].is_unchanged(0));
    EXPECT_EQ(rows.columns[1].string_at(1), "old");
    EXPECT_TRUE(rows.key_changes.empty());
}

TEST(PgRows, AChangedKeyRemovesTheOldOne) {
    const RowBatch rows = decode(layout({"id"}), {change('U', 'K', {"t1", "n"}, {"t2", "u"})});
    ASSERT_EQ(rows.rows(), 2u);
    EXPECT_EQ(rows.ops[0], Op::remove);
    EXPECT_EQ(rows.columns[0].at<int32_t>(0), 1);
    EXPECT_EQ(rows.ops[1], Op::update);
    EXPECT_EQ(rows.columns[0].at<int32_t>(1), 2);
    EXPECT_TRUE(rows.columns[1].is_unchanged(1));
    ASSERT_EQ(rows.key_changes.size(), 1u);
    EXPECT_EQ(rows.key_changes[0].row, 1u);
    EXPECT_EQ(rows.key_changes[0].removed_row, 0u);
}

TEST(PgRows, TablesWithoutKeyGetTheOldRowRemoved) {
    const RowBatch rows =
        decode(layout({}), {change('U', 'O', {"t1", "tx"}, {"t1", "u"}), change('D', 'O', {"t1", "n"}, {})});
    ASSERT_EQ(rows.rows(), 3u);
    EXPECT_EQ(rows.ops, (std::vector<Op>{Op::remove, Op::insert, Op::remove}));
    EXPECT_EQ(rows.columns[1].string_at(1), "x");
    EXPECT_TRUE(rows.columns[1].is_null(2));
}

TEST(PgRows, RefusedRowsLeaveNothingBehind) {
    const auto expect_refused = [](const PgLayout& of, const std::string& bytes) {
        RowBatch rows(of.schema);
        PgMessage message;
        read_pgoutput(bytes, false, message);
        EXPECT_THROW(PgRowDecoder().decode(of, message, {}, rows), Error);
        EXPECT_EQ(rows.rows(), 0u);
        EXPECT_EQ(rows.columns[0].size(), 0u);
    };
    expect_refused(layout({}), change('U', 0, {}, {"t1", "tx"}));
    expect_refused(layout({}), change('I', 0, {}, {"t1"}));
    expect_refused(layout({"a"}), change('I', 0, {}, {"t1", "t\xff"}));  // a key that is no UTF-8, behind a good cell
}

// A key, a DECIMAL(4,2) and a list: what they cannot hold stands beside them.
PgLayout prices(ColumnPolicy policy = ColumnPolicy::exact, const std::vector<std::string>& key = {"id"}) {
    return make_pg_layout({"public", "t"},
                          {{"id", {"int4", "b", -1, false, "integer"}, nullptr},
                           {"price", {"numeric", "b", (4 << 16 | 2) + 4, false, "numeric(4,2)"}, nullptr, policy},
                           {"list", {"int4", "b", -1, true, "integer[]"}, nullptr, policy}},
                          key);
}

TEST(PgRows, ValuesBeyondTheirColumnStandAside) {
    const RowBatch rows =
        decode(prices(), {change('I', 0, {}, {"t1", "t1.50", "t{1,2}"}),
                          change('U', 0, {}, {"t1", "tNaN", "t{{7},{8}}"}), change('U', 0, {}, {"t1", "u", "t{3}"})});
    ASSERT_EQ(rows.rows(), 3u);
    EXPECT_TRUE(rows.columns[1].is_null(1));
    EXPECT_FALSE(rows.columns[1].is_unchanged(1));
    ASSERT_EQ(rows.exact_cells.size(), 2u);
    EXPECT_EQ(rows.exact_cells[0].row, 1u);
    EXPECT_EQ(rows.exact_cells[0].column, 1u);
    EXPECT_EQ(rows.exact_cells[0].text, "NaN");
    EXPECT_EQ(rows.exact_cells[1].text, "{{7},{8}}");
    EXPECT_EQ(rows.columns[2].at<ListCell>(2).length, 1u);
    EXPECT_EQ(rows.columns[2].child(0).at<int32_t>(rows.columns[2].at<ListCell>(2).offset), 3);
}

TEST(PgRows, WithoutAKeyTheOldRowHasItsValuesAside) {
    const RowBatch rows =
        decode(prices(ColumnPolicy::exact, {}), {change('U', 'O', {"t1", "tNaN", "n"}, {"t1", "u", "t{{1}}"})});
    ASSERT_EQ(rows.exact_cells.size(), 3u);
    EXPECT_EQ(rows.exact_cells[0].row, 0u);
    EXPECT_EQ(rows.exact_cells[1].row, 1u);
    EXPECT_EQ(rows.exact_cells[1].text, "NaN");
    EXPECT_EQ(rows.exact_cells[2].text, "{{1}}");
}

TEST(PgRows, WhatTheKeyOrThePolicyForbidsIsAnErrorWithTheWayOut) {
    const auto message = [](const PgLayout& of) -> std::string {
        try {
            decode(of, {change('I', 0, {}, {"t1", "tNaN", "n"})});
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    };
    EXPECT_NE(message(prices(ColumnPolicy::stop)).find("--columns 'public.t.price=varchar'"), std::string::npos);
    EXPECT_NE(message(prices(ColumnPolicy::exact, {"id", "price"})).find("--columns 'public.t.price=varchar'"),
              std::string::npos);
    EXPECT_EQ(message(prices()), "");
    const RowBatch rows =
        decode(prices(ColumnPolicy::varchar, {"id", "price"}), {change('I', 0, {}, {"t1", "tNaN", "t{{1}}"})});
    EXPECT_EQ(rows.columns[1].string_at(0), "NaN");
    EXPECT_EQ(rows.columns[2].string_at(0), "{{1}}");
}

TEST(PgRows, ARefusedRowTakesItsValuesAsideBack) {
    const PgLayout of = prices();
    RowBatch rows(of.schema);
    PgRowDecoder decoder;
    PgMessage message;
    const std::string bytes = change('I', 0, {}, {"t1", "tNaN", "t{1"});
    read_pgoutput(bytes, false, message);
    EXPECT_THROW(decoder.decode(of, message, {}, rows), Error);
    EXPECT_TRUE(rows.exact_cells.empty());
    EXPECT_EQ(rows.columns[1].size(), 0u);
}

TEST(CopyBinary, ValuesBeyondTheirColumnStandAside) {
    const PgLayout of = prices();
    RowBatch rows(of.schema);
    CopyBinaryDecoder decoder(of);
    decoder.feed(Writer()
                     .raw("PGCOPY\n\377\r\n\0"s)
                     .number<uint32_t>(0)
                     .number<uint32_t>(0)
                     .number<uint16_t>(3)
                     .number<uint32_t>(4)
                     .number<uint32_t>(1)
                     .number<uint32_t>(8)
                     .raw("\0\0\0\0\xc0\0\0\0"s)
                     .number<uint32_t>(7)
                     .raw("{{1,2}}")
                     .bytes,
                 {}, rows);
    ASSERT_EQ(rows.exact_cells.size(), 2u);
    EXPECT_EQ(rows.exact_cells[0].text, "NaN");
    EXPECT_EQ(rows.exact_cells[1].text, "{{1,2}}");
}

TEST(CopyBinary, RowsBehindTheHeader) {
    const PgLayout of = layout({"id"});
    RowBatch rows(of.schema);
    CopyBinaryDecoder decoder(of);
    decoder.feed(Writer()
                     .raw("PGCOPY\n\377\r\n\0"s)
                     .number<uint32_t>(0)
                     .number<uint32_t>(0)
                     .number<uint16_t>(2)
                     .number<uint32_t>(4)
                     .number<uint32_t>(42)
                     .number<uint32_t>(3)
                     .raw("abc")
                     .bytes,
                 {1, 2}, rows);
    decoder.feed(Writer().number<uint16_t>(2).number<uint32_t>(4).number<uint32_t>(43).number<int32_t>(-1).bytes,
                 {1, 2}, rows);
    EXPECT_FALSE(decoder.finished());
    decoder.feed(Writer().number<int16_t>(-1).bytes, {1, 2}, rows);
    EXPECT_TRUE(decoder.finished());
    ASSERT_EQ(rows.rows(), 2u);
    EXPECT_EQ(rows.columns[0].at<int32_t>(1), 43);
    EXPECT_EQ(rows.columns[1].string_at(0), "abc");
    EXPECT_TRUE(rows.columns[1].is_null(1));
    CopyBinaryDecoder fresh(of);
    EXPECT_THROW(fresh.feed("no header at all, but long", {}, rows), Error);
}

}  // namespace
}  // namespace pintail::wire
