#include "source/debezium_assembler.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "logged_lines.hpp"

namespace pintail::source {
namespace {

using Taken = DebeziumAssembler::Taken;

constexpr const char* kTopic = "p.public.t";

// Where an event stands at the source.
struct At {
    std::string snapshot = "false";
    std::string sequence = "null";  // last commit LSN as JSON text in a JSON string, or null
    int64_t lsn = 0;
    int64_t time_ms = 1'700'000'000'000;
};

At streamed(int64_t last_commit, int64_t lsn, int64_t time_ms = 1'700'000'000'000) {
    return {"false", fmt::format("\"[\\\"{}\\\",\\\"{}\\\"]\"", last_commit, lsn), lsn, time_ms};
}

At snapshot(const std::string& mark, int64_t lsn) {
    return {mark, fmt::format("\"[null,\\\"{}\\\"]\"", lsn), lsn};
}

std::string envelope(const std::string& op, const std::string& before, const std::string& after, const At& at) {
    return fmt::format(
        R"({{"before":{},"after":{},"source":{{"version":"3.7.0.Final","connector":"postgresql","name":"p","ts_ms":{},"snapshot":"{}","db":"d","sequence":{},"schema":"public","table":"t","txId":1,"lsn":{},"xmin":null}},"transaction":null,"op":"{}","ts_ms":{}}})",
        before, after, at.time_ms, at.snapshot, at.sequence, at.lsn, op, at.time_ms);
}

std::string row(int64_t id, const std::string& text) {
    return fmt::format(R"({{"id":{},"v":"{}"}})", id, text);
}

class Headers : public wire::HeaderLookup {
public:
    explicit Headers(std::string name) : name_(std::move(name)) {}
    std::optional<std::string_view> find(std::string_view name) const override {
        return name == name_ ? std::optional<std::string_view>(R"({"id":1})") : std::nullopt;
    }

private:
    std::string name_;
};

struct Assembler : testing::Test {
    Assembler() { remake(); }

    void remake(const StoredState& state = {}) {
        auto debezium = std::make_shared<wire::DebeziumOptions>();
        debezium->describe_table = [this](const TableName& name, const SourceTransaction&) {
            SourceTable table{name, {}, {"id"}};
            table.columns.push_back({"id", {"int8", "b", -1, false, "bigint"}, 1, true});
            table.columns.push_back({"v", {"text", "b", -1, false, "text"}, 2, false});
            if (wide) table.columns.push_back({"w", {"int4", "b", -1, false, "integer"}, 3, false});
            return std::optional(table);
        };
        options.debezium = debezium;
        assembler = std::make_unique<DebeziumAssembler>(options, state);
    }

    Taken add(std::optional<std::string> value, int64_t key = 1, const wire::HeaderLookup* headers = nullptr) {
        const std::string key_text = fmt::format(R"({{"id":{}}})", key);
        wire::Message message{kTopic, 0, offset, 1000 + offset, key_text, std::nullopt, headers};
        if (value) message.value = *value;
        const Taken taken = assembler->add(message, [] { return std::string("[]"); });
        if (taken == Taken::yes) ++offset;
        return taken;
    }
    Taken insert(int64_t id, const At& at) { return add(envelope("c", "null", row(id, "x"), at), id); }
    Taken snapshot_row(int64_t id, const std::string& mark, int64_t lsn) {
        return add(envelope("r", "null", row(id, "x"), snapshot(mark, lsn)), id);
    }

    static const PartitionPosition& position(const Batch& batch) {
        return std::get<KafkaPosition>(batch.position).partitions.at(0);
    }
    static std::string steps(const Batch& batch) {
        std::string text;
        for (const Step& step : batch.steps) {
            if (const auto* rows = std::get_if<RowBatch>(&step)) text += fmt::format("rows({}) ", rows->rows());
            if (std::holds_alternative<Truncate>(step)) text += "truncate ";
            if (const auto* start = std::get_if<SnapshotStart>(&step)) text += fmt::format("start({}) ", start->lsn);
            if (std::holds_alternative<SnapshotEnd>(step)) text += "end ";
        }
        return text;
    }
    StoredState stored_after(const Batch& batch) const {
        StoredState state;
        state.position = batch.position;
        return state;
    }

    bool wide = false;
    AssemblerOptions options;
    std::unique_ptr<DebeziumAssembler> assembler;
    int64_t offset = 0;
};

// Nobody declared the types: they are shown once, and again where a value proves the guess wrong.
TEST_F(Assembler, InferredTypesAreShownAndEachChangeOfThem) {
    auto debezium = std::make_shared<wire::DebeziumOptions>();
    debezium->infer_types = true;
    options.debezium = debezium;
    assembler = std::make_unique<DebeziumAssembler>(options, StoredState{});
    LoggedLines log;
    const auto insert_raw = [&](const std::string& cells) {
        while (add(envelope("c", "null", cells, streamed(offset, offset + 1)), offset) == Taken::close_first)
            assembler->take();
    };
    for (const char* cells :
         {R"({"id":1,"v":"x","n":1})", R"({"id":2,"v":"y","n":2})", R"({"id":3,"v":"y","n":"many"})",
          R"({"id":4,"v":"y","n":"more","w":true})", R"({"id":5,"v":null,"n":3,"w":false})"}) {
        insert_raw(cells);
    }
    EXPECT_EQ(log.all(), (std::vector<std::string>{
                             "info public.t: types inferred from the values (--infer): id int64, v varchar, n int64",
                             "info public.t: types inferred from the values (--infer): n varchar (was int64)",
                             "info public.t: types inferred from the values (--infer): w boolean"}));
}

TEST_F(Assembler, CollectsRowsAndThePositionBehindThem) {
    insert(1, streamed(10, 20));
    insert(2, streamed(10, 30));
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(2) ");
    EXPECT_EQ(position(batch).next_offset, 2);
    EXPECT_EQ(position(batch).last_offset, 1);
    EXPECT_EQ(position(batch).watermark->lsn, 30u);
    EXPECT_TRUE(assembler->empty());
}

TEST_F(Assembler, PositionsCarryTheIdOfTheirTopic) {
    insert(1, streamed(10, 20));
    EXPECT_EQ(assembler->moved_topics(), std::vector<std::string>{kTopic});
    assembler->identify_topic(kTopic, "first");
    const Batch batch = assembler->take();
    EXPECT_EQ(position(batch).topic_id, "first");
    EXPECT_TRUE(assembler->moved_topics().empty());
    remake(stored_after(batch));
    insert(2, streamed(10, 30));  // a broker that tells no id: the one that is known stays
    EXPECT_EQ(position(assembler->take()).topic_id, "first");
}

// Also of an empty topic, of which no message will ever come.
TEST_F(Assembler, AForgottenTopicIsStoredAtOnceAtItsBeginning) {
    insert(1, streamed(10, 20));
    StoredState state = stored_after(assembler->take());
    remake(state);
    assembler->forget_topic(kTopic);
    assembler->identify_topic(kTopic, "second");
    EXPECT_FALSE(assembler->empty());
    const Batch batch = assembler->take();
    EXPECT_EQ(position(batch).next_offset, 0);
    EXPECT_EQ(position(batch).last_offset, -1);
    EXPECT_EQ(position(batch).topic_id, "second");
    EXPECT_FALSE(position(batch).watermark);
    EXPECT_TRUE(assembler->empty());
}

TEST_F(Assembler, TransactionMarkersBehindTheLastRecordArePassed) {
    assembler->reached_end(kTopic, 0, 5);
    EXPECT_TRUE(assembler->empty());
    insert(1, streamed(10, 20));
    assembler->reached_end(kTopic, 0, 2);
    const Batch batch = assembler->take();
    EXPECT_EQ(position(batch).next_offset, 2);
    EXPECT_EQ(position(batch).last_offset, 0);
}

TEST_F(Assembler, RecordsThatTheTargetHoldsAreReadOver) {
    insert(1, streamed(10, 20));
    const Batch batch = assembler->take();
    remake(stored_after(batch));
    offset = 0;
    insert(1, streamed(10, 20));
    EXPECT_TRUE(assembler->empty());
}

TEST_F(Assembler, EarlierPositionsAreRedeliveriesEqualOnesAreNot) {
    insert(1, streamed(10, 20));
    insert(2, streamed(10, 20));  // one COPY: all its rows share a position
    insert(3, streamed(10, 19));
    insert(4, streamed(9, 25));
    insert(5, streamed(11, 15));  // a later commit wins over a lower LSN: transactions interleave
    EXPECT_EQ(steps(assembler->take()), "rows(3) ");
    EXPECT_EQ(assembler->counts().duplicates, 2u);
}

TEST_F(Assembler, TheWatermarkSurvivesARestart) {
    insert(1, streamed(10, 20));
    remake(stored_after(assembler->take()));
    insert(2, streamed(5, 6));
    EXPECT_EQ(assembler->counts().duplicates, 1u);
}

TEST_F(Assembler, AnOlderPositionWithANewerClockIsAnotherHistory) {
    insert(1, streamed(10, 20, 1'700'000'000'000));
    EXPECT_THROW(insert(2, streamed(1, 2, 1'700'000'061'000)), Error);
}

TEST_F(Assembler, SnapshotRowsNeitherTestNorMoveTheWatermark) {
    insert(1, streamed(10, 20));
    add(envelope("r", "null", row(2, "x"), {"incremental", "\"[\\\"1\\\",\\\"2\\\"]\"", 2}), 2);
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(2) ");
    EXPECT_EQ(position(batch).watermark->lsn, 20u);
}

TEST_F(Assembler, MarksStartAndEndOfASnapshot) {
    snapshot_row(1, "first_in_data_collection", 100);
    snapshot_row(2, "true", 100);
    snapshot_row(3, "last_in_data_collection", 100);
    insert(4, streamed(101, 102));
    EXPECT_EQ(steps(assembler->take()), "start(100) rows(3) end rows(1) ");
}

TEST_F(Assembler, ASnapshotGoesOnAcrossBatches) {
    snapshot_row(1, "first", 100);
    EXPECT_EQ(steps(assembler->take()), "start(100) rows(1) ");
    snapshot_row(2, "last", 100);
    EXPECT_EQ(steps(assembler->take()), "rows(1) end ");
}

TEST_F(Assembler, AnotherSnapshotLsnStartsAnewAndAOneRowTableSendsOnlyItsLast) {
    snapshot_row(1, "first_in_data_collection", 100);
    snapshot_row(1, "last_in_data_collection", 200);
    EXPECT_EQ(steps(assembler->take()), "start(100) rows(1) start(200) rows(1) end ");
}

TEST_F(Assembler, AnOpenSnapshotIsKnownAfterARestartAndEndsWithTheFirstStreamedChange) {
    StoredState state;
    auto schema = std::make_shared<TableSchema>();
    schema->name = {"public", "t"};
    state.tables.push_back({schema, 100, true});
    remake(state);
    snapshot_row(2, "true", 100);
    insert(3, streamed(101, 102));
    EXPECT_EQ(steps(assembler->take()), "rows(1) end rows(1) ");
}

StoredState with_table_in_quarantine() {
    StoredState state;
    auto schema = std::make_shared<TableSchema>();
    schema->name = {"public", "t"};
    state.tables.push_back({schema, 5, false});
    state.tables.back().quarantined = "column v has another type";
    return state;
}

TEST_F(Assembler, AllOfATableInQuarantineWaitsInItsOrderAndOthersGoOn) {
    const Headers newkey("__debezium.newkey"), oldkey("__debezium.oldkey");
    options.on_error = OnError::stop;  // of what cannot be decoded: nothing of this
    remake(with_table_in_quarantine());
    insert(1, streamed(10, 20));
    add(envelope("d", row(1, ""), "null", streamed(20, 30)), 1, &newkey);
    add(std::nullopt, 1, &newkey);
    add(envelope("c", "null", row(2, "x"), streamed(20, 30)), 2, &oldkey);
    add(envelope("t", "null", "null", streamed(30, 40)), 3);
    insert(1, streamed(10, 20));  // delivered again
    std::string other = envelope("c", "null", row(1, "x"), streamed(40, 50));
    other.replace(other.find(R"("table":"t")"), 11, R"("table":"u")");
    assembler->add({"p.public.u", 0, 0, 0, std::nullopt, other}, [] { return std::string(); });
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(1) ");
    ASSERT_EQ(batch.quarantined.size(), 4u);
    for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(batch.quarantined[i].reason, waiting_reason({"public", "t"}));
        EXPECT_EQ(batch.quarantined[i].table, "public.t");
        EXPECT_TRUE(i == 0 || batch.quarantined[i - 1].offset < batch.quarantined[i].offset);
    }
    EXPECT_EQ(assembler->counts().duplicates, 1u);
    const auto& moved = std::get<KafkaPosition>(batch.position).partitions;
    EXPECT_EQ(moved.size(), 2u) << "both topics have moved on";
}

TEST_F(Assembler, ANewSnapshotFollowsATableInQuarantineAgain) {
    remake(with_table_in_quarantine());
    insert(1, streamed(10, 20));
    const Batch waits = assembler->take();
    EXPECT_EQ(waits.quarantined.size(), 1u);
    insert(2, streamed(20, 30));
    snapshot_row(1, "first_in_data_collection", 100);
    snapshot_row(2, "last_in_data_collection", 100);
    insert(3, streamed(101, 102));
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "start(100) rows(2) end rows(1) ");
    EXPECT_TRUE(batch.quarantined.empty());
    ASSERT_EQ(batch.superseded.size(), 1u);
    EXPECT_EQ(batch.superseded[0].before_offset, 2);
    EXPECT_EQ(batch.superseded[0].reason, waiting_reason({"public", "t"}))
        << "what waits for a reason of its own stays";
}

TEST_F(Assembler, ARemoveWaitsForTheInsertOfItsKeyChange) {
    const Headers newkey("__debezium.newkey"), oldkey("__debezium.oldkey");
    insert(1, streamed(10, 20));
    add(envelope("d", row(1, ""), "null", streamed(20, 30)), 1, &newkey);
    const Batch without = assembler->take();
    EXPECT_EQ(steps(without), "rows(1) ");
    EXPECT_EQ(position(without).next_offset, 1);
    add(std::nullopt, 1, &newkey);
    add(envelope("c", "null", row(2, "x"), streamed(20, 30)), 2, &oldkey);
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(2) ");
    const auto& rows = std::get<RowBatch>(batch.steps.at(0));
    ASSERT_EQ(rows.key_changes.size(), 1u);
    EXPECT_EQ(rows.key_changes[0].row, 1u);
    EXPECT_EQ(rows.key_changes[0].removed_row, 0u);
    EXPECT_EQ(rows.ops[0], Op::remove);
    EXPECT_EQ(position(batch).next_offset, 4);
}

TEST_F(Assembler, AKeyChangeIsLinkedWithinABatchToo) {
    const Headers newkey("__debezium.newkey"), oldkey("__debezium.oldkey");
    insert(7, streamed(10, 20));
    add(envelope("d", row(1, ""), "null", streamed(20, 30)), 1, &newkey);
    add(std::nullopt, 1, &newkey);
    add(envelope("c", "null", row(2, "x"), streamed(20, 30)), 2, &oldkey);
    insert(8, streamed(30, 40));
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(4) ");
    EXPECT_EQ(std::get<RowBatch>(batch.steps.at(0)).key_changes.at(0).row, 2u);
}

TEST_F(Assembler, TruncateStandsBetweenTheRows) {
    insert(1, streamed(10, 20));
    wire::Message message{kTopic, 0, offset++, 0, std::nullopt, std::nullopt};
    const std::string value = envelope("t", "null", "null", streamed(20, 30));
    message.value = value;
    assembler->add(message, [] { return std::string(); });
    insert(2, streamed(30, 40));
    EXPECT_EQ(steps(assembler->take()), "rows(1) truncate rows(1) ");
}

TEST_F(Assembler, ATruncateAsFirstMessageAfterARestartFindsTheTableInTheTarget) {
    const auto truncate = [&] {
        wire::Message message{kTopic, 0, offset++, 0, std::nullopt, std::nullopt};
        const std::string value = envelope("t", "null", "null", streamed(20, 30));
        message.value = value;
        assembler->add(message, [] { return std::string(); });
    };
    truncate();  // of a table that the target never saw: nothing to do
    EXPECT_EQ(steps(assembler->take()), "");
    StoredState state;
    auto schema = std::make_shared<TableSchema>();
    schema->name = {"public", "t"};
    state.tables.push_back({schema, std::nullopt, false});
    remake(state);
    truncate();
    EXPECT_EQ(steps(assembler->take()), "truncate ");
}

TEST_F(Assembler, RowsOfAnEndedSnapshotThatComeFromAnotherPartitionAreAdded) {
    assembler->expect_topic(kTopic, 2);
    snapshot_row(1, "first_in_data_collection", 100);
    snapshot_row(2, "last_in_data_collection", 100);
    snapshot_row(3, "true", 100);
    EXPECT_EQ(steps(assembler->take()), "start(100) rows(2) end rows(1) ");
}

TEST_F(Assembler, TheInsertOfAKeyChangeMayLeaveLargeValuesAlone) {
    const Headers newkey("__debezium.newkey"), oldkey("__debezium.oldkey");
    insert(7, streamed(1, 2));
    add(envelope("d", row(1, ""), "null", streamed(20, 30)), 1, &newkey);
    add(envelope("c", "null", row(2, "__debezium_unavailable_value"), streamed(20, 30)), 2, &oldkey);
    add(envelope("c", "null", row(3, "__debezium_unavailable_value"), streamed(30, 40)), 3);  // a value like any other
    const Batch batch = assembler->take();
    const auto& rows = std::get<RowBatch>(batch.steps.at(0));
    EXPECT_TRUE(rows.columns[1].is_unchanged(2));
    EXPECT_EQ(rows.columns[1].string_at(3), "__debezium_unavailable_value");
}

TEST_F(Assembler, ANewShapeClosesTheBatchFirst) {
    insert(1, streamed(10, 20));
    wide = true;
    const std::string value = envelope("c", "null", R"({"id":2,"v":"x","w":3})", streamed(20, 30));
    EXPECT_EQ(add(value, 2), Taken::close_first);
    const Batch before = assembler->take();
    EXPECT_EQ(steps(before), "rows(1) ");
    EXPECT_EQ(position(before).next_offset, 1);
    EXPECT_EQ(add(value, 2), Taken::yes);
    const Batch after = assembler->take();
    EXPECT_EQ(std::get<RowBatch>(after.steps.at(0)).schema->columns.size(), 3u);
}

TEST_F(Assembler, WhatCannotBeDecodedIsKeptWithItsBytesAndBlocksItsKeyOnly) {
    insert(1, streamed(10, 20));
    add("not json", 1);
    insert(1, streamed(20, 30));
    insert(2, streamed(30, 40));
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(2) ");
    ASSERT_EQ(batch.quarantined.size(), 2u);
    EXPECT_EQ(batch.quarantined[0].value, "not json");
    EXPECT_EQ(batch.quarantined[0].offset, 1);
    EXPECT_EQ(batch.quarantined[1].offset, 2);
    EXPECT_EQ(position(batch).next_offset, 4);
}

// The two halves of a key change belong together: a new key whose old row waits must wait, too.
TEST_F(Assembler, TheInsertOfAKeyChangeWaitsBehindItsQuarantinedRemove) {
    const Headers new_key("__debezium.newkey");
    const Headers old_key("__debezium.oldkey");
    add("not json", 1);
    add(envelope("d", row(1, "x"), "null", streamed(20, 30)), 1, &new_key);
    add(std::nullopt, 1);
    add(envelope("c", "null", row(2, "x"), streamed(20, 30)), 2, &old_key);
    insert(3, streamed(30, 40));
    Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(1) ");
    ASSERT_EQ(batch.quarantined.size(), 3u);
    EXPECT_EQ(batch.quarantined[2].key, R"({"id":2})");
    add(envelope("u", "null", row(2, "y"), streamed(40, 50)), 2);
    EXPECT_EQ(assembler->take().quarantined.size(), 1u);
}

// What waits from before has nothing to say any more, and must not come back.
TEST_F(Assembler, ATruncateSupersedesWhatWaitsInQuarantine) {
    StoredState state;
    state.blocked_keys.push_back({kTopic, R"({"id":1})"});
    remake(state);
    insert(2, streamed(10, 20));
    add("not json", 3);
    add(envelope("t", "null", "null", streamed(20, 30)), 0);
    insert(1, streamed(30, 40));
    insert(3, streamed(30, 40));
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(1) truncate rows(2) ");
    EXPECT_TRUE(batch.quarantined.empty());
    ASSERT_EQ(batch.superseded.size(), 1u);
    EXPECT_EQ(batch.superseded[0].before_offset, 2);
}

TEST_F(Assembler, BlockedKeysAreKnownAfterARestart) {
    StoredState state;
    state.blocked_keys.push_back({kTopic, R"({"id":1})"});
    remake(state);
    insert(1, streamed(10, 20));
    insert(2, streamed(10, 20));
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "rows(1) ");
    EXPECT_EQ(batch.quarantined.size(), 1u);
}

TEST_F(Assembler, OnErrorStopNamesThePlace) {
    options.on_error = OnError::stop;
    remake();
    try {
        add("not json");
        FAIL() << "no error";
    } catch (const Error& problem) {
        EXPECT_NE(std::string(problem.what()).find("p.public.t [0] offset 0"), std::string::npos) << problem.what();
    }
    EXPECT_TRUE(assembler->empty());
}

TEST_F(Assembler, TablesThatAreNotWantedKeepNoPosition) {
    options.wants_table = [](const TableName& name) { return name.table != "t"; };
    remake();
    insert(1, streamed(10, 20));
    const Batch batch = assembler->take();
    EXPECT_EQ(steps(batch), "");
    EXPECT_TRUE(std::get<KafkaPosition>(batch.position).partitions.empty());
}

// Whatever is amiss with a table that is left out, it is nobody's business.
TEST_F(Assembler, TablesThatAreNotWantedNeedNoTypes) {
    auto debezium = std::make_shared<wire::DebeziumOptions>();
    debezium->describe_table = [](const TableName&, const SourceTransaction&) { return std::nullopt; };
    options.debezium = debezium;
    assembler = std::make_unique<DebeziumAssembler>(options, StoredState{});
    EXPECT_THROW(insert(1, streamed(10, 20)), Error);
    options.wants_table = [](const TableName& name) { return name.table != "t"; };
    assembler = std::make_unique<DebeziumAssembler>(options, StoredState{});
    EXPECT_EQ(insert(1, streamed(10, 20)), Taken::yes);
    EXPECT_EQ(insert(2, streamed(30, 40)), Taken::yes);
    EXPECT_EQ(steps(assembler->take()), "");
}

TEST(RecordFingerprint, TellsRecordsApart) {
    wire::Message message{kTopic, 0, 5, 1000, "k", "value"};
    const uint64_t same = record_fingerprint(message);
    EXPECT_EQ(record_fingerprint(message), same);
    message.value = "Value";
    EXPECT_NE(record_fingerprint(message), same);
    message.value = std::nullopt;
    EXPECT_NE(record_fingerprint(message), same);
    message.value = "value";
    message.timestamp_ms = 1001;
    EXPECT_NE(record_fingerprint(message), same);
}

}  // namespace
}  // namespace pintail::source
