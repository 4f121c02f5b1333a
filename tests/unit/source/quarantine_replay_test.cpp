#include "source/quarantine_replay.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pintail::source {
namespace {

using Ids = std::vector<int64_t>;

std::string envelope(const std::string& op, const std::string& after, int64_t lsn,
                     const std::string& snapshot = "false") {
    return fmt::format(
        R"({{"before":null,"after":{},"source":{{"version":"3.7.0.Final","connector":"postgresql","name":"p","ts_ms":1,"snapshot":"{}","db":"d","sequence":"[\"{}\",\"{}\"]","schema":"public","table":"t","txId":1,"lsn":{},"xmin":null}},"transaction":null,"op":"{}","ts_ms":1}})",
        after, snapshot, lsn - 1, lsn, lsn, op);
}

std::string row(int64_t id, const std::string& text) {
    return fmt::format(R"({{"id":{},"v":"{}"}})", id, text);
}

struct Replay : testing::Test {
    Replay() {
        auto debezium = std::make_shared<wire::DebeziumOptions>();
        debezium->describe_table = [this](const TableName& name, const SourceTransaction&) {
            SourceTable table{name, {}, {"id"}};
            table.columns.push_back({"id", {"int8", "b", -1, false, "bigint"}, 1, true});
            table.columns.push_back({"v", {"text", "b", -1, false, "text"}, 2, false});
            if (wide) table.columns.push_back({"w", {"int4", "b", -1, false, "integer"}, 3, false});
            return std::optional(table);
        };
        options.debezium = debezium;
    }

    QuarantinedMessage message(int64_t key, const std::string& value) {
        QuarantinedMessage made{"p.public.t", 0,    10 * ++last_id, 1,    fmt::format(R"({{"id":{}}})", key),
                                value,        "[]", "public.t",     "why"};
        made.id = last_id;
        return made;
    }
    void run(const std::vector<QuarantinedMessage>& messages, const StoredState& state = {}) {
        QuarantineReplay replay(options, state);
        for (const Batch& batch : replay.replay(messages)) {
            EXPECT_TRUE(std::holds_alternative<std::monostate>(batch.position));
            EXPECT_TRUE(batch.quarantined.empty());
            released.insert(released.end(), batch.released.begin(), batch.released.end());
            for (const Step& step : batch.steps) {
                ASSERT_TRUE(std::holds_alternative<RowBatch>(step));
                rows += std::get<RowBatch>(step).rows();
            }
        }
        for (const auto& failure : replay.take_failures()) failed.push_back(failure.id), reasons += failure.reason;
    }
    static StoredState target_with(std::vector<std::string> columns) {
        auto schema = std::make_shared<TableSchema>();
        schema->name = {"public", "t"};
        for (const std::string& name : columns) schema->columns.push_back({name, {TypeKind::varchar}, "", nullptr});
        StoredState state;
        state.tables.push_back({schema});
        return state;
    }

    bool wide = false;
    AssemblerOptions options;
    int64_t last_id = 0;
    Ids released;
    Ids failed;
    std::string reasons;
    size_t rows = 0;
};

TEST_F(Replay, ReleasesWhatBecomesRows) {
    run({message(1, envelope("c", row(1, "a"), 10)), message(2, envelope("c", row(2, "b"), 20)),
         message(1, envelope("u", row(1, "c"), 30))});
    EXPECT_EQ(released, (Ids{1, 2, 3}));
    EXPECT_EQ(rows, 3u);
    EXPECT_TRUE(failed.empty());
}

// A key's later messages are whole, but the first one is not: none may pass it.
TEST_F(Replay, AKeyStopsAtItsFirstFailure) {
    run({message(1, envelope("c", row(1, "a"), 10)), message(1, "not json"), message(2, envelope("c", row(2, "b"), 20)),
         message(1, envelope("u", row(1, "c"), 30))});
    EXPECT_EQ(released, (Ids{1, 3}));
    EXPECT_EQ(failed, Ids{2});
    EXPECT_EQ(rows, 2u);
}

// Rows of a snapshot that were set aside are single rows now: no snapshot begins, and none ends.
TEST_F(Replay, RowsOfASnapshotAreRows) {
    run({message(1, envelope("r", row(1, "a"), 10, "first")), message(2, envelope("r", row(2, "b"), 10, "last"))});
    EXPECT_EQ(released, (Ids{1, 2}));
    EXPECT_EQ(rows, 2u);
}

// What the table's last snapshot has seen is in the table, or was there no more.
TEST_F(Replay, WhatASnapshotHasOvertakenIsPassedOver) {
    StoredState state = target_with({"id", "v"});
    state.tables[0].snapshot_lsn = 100;
    run({message(1, envelope("c", row(1, "old"), 50)), message(2, envelope("r", row(2, "of an older one"), 90, "true")),
         message(3, envelope("r", row(3, "its own"), 100, "true")), message(1, envelope("u", row(1, "new"), 110))},
        state);
    EXPECT_EQ(released, (Ids{1, 2, 3, 4}));
    EXPECT_EQ(rows, 2u);
}

TEST_F(Replay, ATruncateIsRefused) {
    run({message(1, envelope("t", "null", 10))});
    EXPECT_EQ(failed, Ids{1});
    EXPECT_TRUE(released.empty());
}

// An older shape would be taken for columns dropped, or come again; the second message is no better than the first.
TEST_F(Replay, AMessageOfAnotherShapeThanTheTablesStays) {
    run({message(1, envelope("c", row(1, "a"), 10)), message(2, envelope("c", row(2, "b"), 20))},
        target_with({"id", "v", "w"}));
    EXPECT_EQ(failed, (Ids{1, 2}));
    EXPECT_NE(reasons.find("column w was added"), std::string::npos) << reasons;
    reasons.clear();
    run({message(3, envelope("c", row(3, "a"), 10))}, target_with({"id"}));
    EXPECT_NE(reasons.find("column v was dropped"), std::string::npos) << reasons;
    EXPECT_EQ(rows, 0u);
    run({message(4, envelope("c", row(4, "a"), 10))}, target_with({"id", "v"}));
    EXPECT_EQ(rows, 1u);
}

// As they would have come by the stream: its shapes, TRUNCATE and snapshots count.
TEST_F(Replay, AWholeTableComesAsInTheStream) {
    options.whole_table = true;
    StoredState state = target_with({"id", "v", "dropped since"});
    state.tables[0].quarantined = "why";
    QuarantineReplay replay(options, state);
    std::string steps;
    for (const Batch& batch : replay.replay(
             {message(1, envelope("c", row(1, "a"), 10)), message(2, envelope("t", "null", 20)),
              message(2, envelope("c", row(2, "b"), 30)), message(1, envelope("r", row(1, "s"), 90, "first")),
              message(1, envelope("r", row(1, "s"), 90, "last")), message(1, envelope("u", row(1, "c"), 95))})) {
        for (const Step& step : batch.steps) steps += std::to_string(step.index()) + " ";
        released.insert(released.end(), batch.released.begin(), batch.released.end());
    }
    EXPECT_TRUE(replay.take_failures().empty());
    EXPECT_EQ(released, (Ids{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(steps, "0 1 0 2 0 4 0 ");  // rows, Truncate, rows, SnapshotStart, rows, SnapshotEnd, rows
}

TEST_F(Replay, WithoutTypesNothingIsTried) {
    options.debezium = std::make_shared<wire::DebeziumOptions>();
    EXPECT_THROW(run({message(1, envelope("c", row(1, "a"), 10))}), Error);
}

}  // namespace
}  // namespace pintail::source
