// Readers: what they see, what they may, what they must not.
#include <atomic>
#include <thread>

#include "duck/open_target.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

SchemaPointer orders() {
    static const SchemaPointer table = make_table(
        "public.orders",
        {column("id", TypeKind::int32), column("price", decimal_type(10, 2)), column("day_time", TypeKind::time_tz)},
        {"id"});
    return table;
}

class Reader : public TargetTest {
protected:
    void given_orders() {
        apply(make_batch(5, TableRows(orders())
                                .at(77, 1'700'000'000'000'000)
                                .insert({1, 150, Null{}})
                                .insert({2, 250, Null{}})
                                .take()));
    }
    std::string refusal(const std::string& sql) {
        try {
            rows(sql);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << sql;
            return error.what();
        }
        return "";
    }
};

TEST_F(Reader, HandsOutNamesTypesAndTexts) {
    given_orders();
    TargetReader reader = target().reader();
    std::vector<ResultColumn> columns;
    reader.query(
        "SELECT id, price, price, day_time, [1, NULL] AS l FROM orders ORDER BY id DESC",
        [&](const std::vector<ResultColumn>& all) { columns = all; }, [](const TextCells&) { return true; });
    ASSERT_EQ(columns.size(), 5u);
    EXPECT_EQ(columns[1].name + " " + columns[1].type + ", " + columns[2].name + ", " + columns[4].type,
              "price DECIMAL(10,2), price, INTEGER[]");
    EXPECT_EQ(rows("SELECT id, price, price, day_time, [1, NULL] FROM orders ORDER BY id DESC"),
              (Rows{"2|2.50|2.50|NULL|[1, NULL]", "1|1.50|1.50|NULL|[1, NULL]"}));
}

TEST_F(Reader, TakesEveryKindOfReading) {
    given_orders();
    for (const char* sql :
         {"FROM orders", "WITH x AS (SELECT 1) SELECT * FROM x", "VALUES (1), (2)", "DESCRIBE orders", "SHOW TABLES",
          "SUMMARIZE orders", "EXPLAIN SELECT * FROM orders", "explain analyze FROM orders", "SELECT 1; -- done",
          "SELECT /* ; */ ';' ;", "FROM range(3)", "SELECT unnest([1,2])", "FROM duckdb_tables()",
          "SELECT * FROM public.orders o JOIN orders USING (id)", "TABLE orders"}) {
        EXPECT_NO_THROW(EXPECT_FALSE(rows(sql).empty()) << sql) << sql;
    }
}

TEST_F(Reader, RefusesWhateverIsNotReading) {
    given_orders();
    for (const char* sql : {"INSERT INTO orders VALUES (3, 1, NULL)",
                            "UPDATE orders SET id = 1",
                            "DELETE FROM orders",
                            "CREATE TABLE x (a INTEGER)",
                            "DROP TABLE orders",
                            "TRUNCATE orders",
                            "ATTACH 'x.duckdb'",
                            "COPY orders TO 'x.csv'",
                            "EXPORT DATABASE 'x'",
                            "SET threads = 1",
                            "CALL pragma_version()",
                            "PRAGMA database_list",
                            "CHECKPOINT",
                            "LOAD httpfs",
                            "INSTALL httpfs",
                            "USE main",
                            "VACUUM",
                            "BEGIN",
                            "COMMIT",
                            "PREPARE p AS SELECT 1",
                            "EXPLAIN DELETE FROM orders",
                            "EXPLAIN ANALYZE INSERT INTO orders VALUES (3, 1, NULL)",
                            "SELECT 1; DROP TABLE orders",
                            "SELECT 1; SELECT 2",
                            "WITH x AS (SELECT 1) INSERT INTO orders SELECT 3, 1, NULL",
                            "FROM checkpoint()",
                            "FROM force_checkpoint()",
                            "FROM quack_serve('x')",
                            "FROM glob('/etc/*')",
                            "FROM read_csv('/etc/passwd')",
                            "SELECT * FROM read_text('/etc/passwd')",
                            "FROM '/etc/passwd.csv'",
                            "FROM query('DROP TABLE orders')",
                            "SELECT (SELECT count(*) FROM glob('*'))",
                            "WITH x AS (FROM read_blob('/etc/passwd')) FROM x",
                            "SELECT nextval('s')",
                            "SELECT getenv('HOME')",
                            "SELECT * FROM duckdb_secrets()",
                            "",
                            ";",
                            "SELEC 1",
                            "SELECT * FROM nowhere"}) {
        EXPECT_NE(refusal(sql), "") << sql;
    }
    EXPECT_EQ(one("SELECT count(*) FROM orders"), "2");
}

TEST_F(Reader, SaysWhatIsWrongWithTheSql) {
    given_orders();
    EXPECT_NE(refusal("SELECT nonsense FROM orders").find("nonsense"), std::string::npos);
    EXPECT_NE(refusal("SELEC 1").find("SELEC"), std::string::npos);
    EXPECT_NE(refusal("FROM glob('x')").find("glob"), std::string::npos);
    EXPECT_NE(refusal("SELECT count(*) /* all */ FROM nosuch").find("LINE 1: SELECT count(*) /* all */ FROM nosuch"),
              std::string::npos);
    EXPECT_NE(refusal("EXPLAIN SELECT  nonsense FROM orders").find("SELECT  nonsense FROM orders"), std::string::npos);
    const std::string of_rows = refusal("SELECT 'x'::INTEGER + id, count(*) FROM orders GROUP BY ALL");
    EXPECT_EQ(of_rows.find("SELECT 'x'::INTEGER + id, count(*) FROM orders GROUP BY ALL: Conversion Error"), 0u)
        << of_rows;
}

TEST_F(Reader, GoesOnAfterAnErrorAndAfterStoppingEarly) {
    given_orders();
    TargetReader reader = target().reader();
    EXPECT_THROW(rows_of(reader, "SELECT 1/0::INTEGER, error('x')"), Error);
    int seen = 0;
    reader.query(
        "FROM range(100000)", [](const auto&) {}, [&](const TextCells&) { return ++seen < 3; });
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(rows_of(reader, "SELECT count(*) FROM orders"), (Rows{"2"}));
}

// Nothing collects the answer: who takes a part of it never gets to the row that cannot be computed, and for who takes
// all of it that row's failure is not the end.
TEST_F(Reader, AnAnswerIsComputedAsItIsTaken) {
    apply(make_batch(5, TableRows(orders()).insert({1, 150, Null{}}).take()));
    auto reader = target().reader();
    const auto take = [&](uint64_t most) {
        uint64_t rows = 0;
        reader.query(
            "SELECT CASE WHEN i = 3000000 THEN error('too far') ELSE i END FROM range(4000000) r(i)",
            [](const auto&) {}, [&](const TextCells&) { return ++rows < most; });
        return rows;
    };
    EXPECT_EQ(take(1000), 1000u);
    EXPECT_THROW(take(4'000'000), Error);
    EXPECT_EQ(take(1000), 1000u);
}

TEST_F(Reader, StatusTellsPositionsTablesAndQuarantine) {
    given_orders();
    Batch batch = make_batch(6, SnapshotStart{make_table("public.other", {column("a", TypeKind::int32)}, {}), 9});
    batch.quarantined.push_back({"topic", 0, 5, 0, std::nullopt, std::nullopt, "", "public.orders", "why"});
    apply(std::move(batch));
    const TargetStatus status = target().reader().status();
    EXPECT_EQ(std::get<KafkaPosition>(status.position).partitions.at(0).next_offset, 6);
    ASSERT_EQ(status.tables.size(), 2u);
    EXPECT_EQ(to_string(status.tables[0].name), "public.orders");
    EXPECT_EQ(status.tables[0].rows, 2u);
    EXPECT_EQ(status.tables[0].last_lsn, 77u);
    EXPECT_EQ(status.tables[0].last_commit_time_us, 1'700'000'000'000'000);
    EXPECT_EQ(status.tables[0].key, (std::vector<std::string>{"id"}));
    EXPECT_TRUE(status.tables[1].snapshot_open);
    EXPECT_EQ(status.tables[1].snapshot_lsn, 9u);
    ASSERT_EQ(status.quarantine.size(), 1u);
    EXPECT_EQ(status.quarantine[0].messages, 1u);
}

TEST_F(Reader, ReadsAFileThatNobodyWrites) {
    given_orders();
    const std::string uuid = target().recover().target_uuid;
    close();
    TargetReader one(options());
    EXPECT_EQ(one.status().target_uuid, uuid);
    EXPECT_EQ(rows_of(one, "SELECT count(*) FROM orders"), (Rows{"2"}));
}

TEST_F(Reader, ATargetWithoutPintailHasAnEmptyStatus) {
    Connection(open_target(options(), Access::read_write)).run("CREATE TABLE t (a INTEGER)");
    TargetReader reader(options());
    EXPECT_TRUE(reader.status().target_uuid.empty());
    EXPECT_EQ(rows_of(reader, "SELECT count(*) FROM t"), (Rows{"0"}));
}

// Readers beside big commits: every read shows whole batches, rows and position of the same one. With more threads than
// one DuckDB shows what an INSERT … SELECT with several threads has written in parts (docs/correctness.md, 13).
TEST_F(Reader, NeverSeesHalfOfACommit) {
    threads = 4;
    constexpr int kRows = 300'000;
    constexpr int64_t kBatches = 8;
    const auto table = make_table(
        "public.big",
        {column("id", TypeKind::int32), column("batch", TypeKind::int64), column("text", TypeKind::varchar)}, {"id"});
    const auto batch = [&](int64_t number) {
        TableRows rows(table);
        for (int id = 0; id < kRows; ++id)
            rows.update(
                {id, number, number % 2 == 0 ? Cell(Unchanged{}) : Cell("some text of more than twelve bytes")});
        return make_batch(number, rows.take());
    };
    apply(batch(1));
    std::atomic<bool> stop{false};
    std::atomic<int> reads{0};
    std::atomic<int> torn{0};
    const auto read = [&](TargetReader& reader) {
        while (!stop) {
            const auto seen = rows_of(reader,
                                      "SELECT count(*), min(batch) = any_value(next_offset) AND max(batch) = "
                                      "any_value(next_offset) FROM big, pintail.kafka_offsets");
            ++reads;
            if (seen.at(0) != std::to_string(kRows) + "|true") ++torn;
        }
    };
    TargetReader first = target().reader();
    TargetReader second = target().reader();
    std::thread one([&] { read(first); });
    std::thread two([&] { read(second); });
    for (int64_t number = 2; number <= kBatches; ++number) apply(batch(number));
    stop = true;
    one.join();
    two.join();
    EXPECT_EQ(torn, 0) << "of " << reads << " reads";
    EXPECT_GT(reads, 0);
}

TEST_F(Reader, CanBeInterrupted) {
    target();
    TargetReader reader = target().reader();
    std::atomic<bool> done{false};
    std::thread killer([&] {
        while (!done) {
            reader.interrupt();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    });
    EXPECT_THROW(
        rows_of(reader, "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range * b.range % 7 = 3"),
        Error);
    done = true;
    killer.join();
}

}  // namespace
}  // namespace pintail::duck::testing
