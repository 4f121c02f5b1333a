// kill -9 at any moment: rows and position agree, nothing stands twice.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <random>
#include <thread>

#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

SchemaPointer counters() {
    static const SchemaPointer table = make_table(
        "public.counters",
        {column("id", TypeKind::int32), column("batch", TypeKind::int64), column("text", TypeKind::varchar)}, {"id"});
    return table;
}

SchemaPointer journal() {
    static const SchemaPointer table = make_table("public.journal", {column("batch", TypeKind::int64)}, {});
    return table;
}

constexpr int kRows = 3000;

// Sets every counter to the batch's number and adds one row to the journal.
Batch numbered(int64_t number) {
    TableRows rows(counters());
    for (int id = 0; id < kRows; ++id) rows.update({id, number, "some text that makes the row wider than it was"});
    return make_batch(number, rows.take(), TableRows(journal()).insert({number}).take());
}

class Recovery : public TargetTest {
protected:
    int64_t stored_offset() {
        const StoredState state = target().recover();
        const auto* kafka = std::get_if<KafkaPosition>(&state.position);
        return kafka == nullptr ? 0 : kafka->partitions.at(0).next_offset;
    }

    void expect_rows_of(int64_t number) {
        if (number == 0) return;
        EXPECT_EQ(one("SELECT count(*), min(batch), max(batch) FROM counters"),
                  std::to_string(kRows) + "|" + std::to_string(number) + "|" + std::to_string(number));
        EXPECT_EQ(one("SELECT count(*), count(DISTINCT batch), max(batch) FROM journal"),
                  std::to_string(number) + "|" + std::to_string(number) + "|" + std::to_string(number));
    }

    // A child applies batches from `from` on until it is killed.
    void run_and_kill(int64_t from, std::chrono::milliseconds life) {
        const pid_t child = fork();
        if (child == 0) {
            try {
                TargetOptions small = options();
                small.checkpoint_threshold_bytes = 1 << 20;  // many checkpoints, so that some are hit
                DuckDestination doomed(small);
                for (int64_t number = from;; ++number) doomed.apply(numbered(number));
            } catch (const std::exception& error) {
                std::fprintf(stderr, "child: %s\n", error.what());
                _exit(3);
            }
        }
        std::this_thread::sleep_for(life);
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    }
};

TEST_F(Recovery, RowsAndPositionAgreeAfterKill) {
    const uint32_t seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    int64_t position = 0;
    for (int round = 0; round < 8; ++round) {
        close();  // the file belongs to the child now
        run_and_kill(position + 1, std::chrono::milliseconds(300 + random() % 700));
        const int64_t found = stored_offset();
        EXPECT_GE(found, position);
        position = found;
        expect_rows_of(position);
    }
    EXPECT_GT(position, 0) << "no child lived long enough to commit anything";
}

TEST_F(Recovery, APartOfATransactionIsNotThereAfterARestart) {
    apply(numbered(1));
    Batch part = numbered(2);
    part.transaction_continues = true;
    apply(std::move(part));
    reopen();
    EXPECT_EQ(stored_offset(), 1);
    expect_rows_of(1);
}

TEST_F(Recovery, AFailedBatchLeavesTheTargetAsItWasAndTheNextOneWorks) {
    apply(numbered(1));
    // Its first step is fine, its second one is not: the key of a change is NULL.
    EXPECT_THROW(apply(make_batch(2, TableRows(journal()).insert({2}).take(),
                                  TableRows(counters()).insert({Null{}, 2, "x"}).take())),
                 Error);
    EXPECT_EQ(stored_offset(), 1);
    expect_rows_of(1);
    apply(numbered(2));
    expect_rows_of(2);
}

// In a child, whose files may not grow beyond a limit (the kernel's EFBIG stands for a full disk).
int fill_the_disk(const TargetOptions& options) {
    signal(SIGXFSZ, SIG_IGN);
    int64_t committed = 0;
    {
        DuckDestination target(options);
        target.apply(numbered(++committed));
        const rlimit full{2 << 20, RLIM_INFINITY};
        setrlimit(RLIMIT_FSIZE, &full);
        try {
            for (;; ++committed) target.apply(numbered(committed + 1));
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::destination) return 4;
        }
    }
    const rlimit enough{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &enough);
    DuckDestination target(options);
    const StoredState state = target.recover();
    const int64_t stored = std::get<KafkaPosition>(state.position).partitions.at(0).next_offset;
    if (stored != committed) return 5;
    target.apply(numbered(stored + 1));
    return 0;
}

TEST_F(Recovery, AFullDiskLosesNothingThatWasAcknowledged) {
    TargetOptions small = options();
    small.checkpoint_threshold_bytes = 1 << 20;
    const pid_t child = fork();
    if (child == 0) _exit(fill_the_disk(small));
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    expect_rows_of(stored_offset());
}

TEST_F(Recovery, RecoverGivesBackWhatWasStored) {
    Batch batch = make_batch(7, TableRows(counters()).at(500, 600).insert({1, 1, "x"}).take());
    std::get<KafkaPosition>(batch.position).partitions = {
        {"b", 1, 7, 6, 0xfedcba9876543210ULL, Watermark{1, ~0ULL, -5}}, {"a", 0, 3, -1, 0, std::nullopt}};
    apply(std::move(batch));
    Batch second = make_batch(0);
    std::get<KafkaPosition>(second.position).partitions = {{"a", 0, 4, 3, 9, Watermark{2, 3, 4}}};
    apply(std::move(second));
    reopen();
    const auto partitions = std::get<KafkaPosition>(target().recover().position).partitions;
    ASSERT_EQ(partitions.size(), 2u);
    EXPECT_EQ(partitions[0].next_offset, 4);
    EXPECT_EQ(partitions[0].watermark->lsn, 3u);
    EXPECT_EQ(partitions[1].topic, "b");
    EXPECT_EQ(partitions[1].last_record_hash, 0xfedcba9876543210ULL);
    EXPECT_EQ(partitions[1].watermark->lsn, ~0ULL);
    EXPECT_EQ(partitions[1].watermark->source_time_ms, -5);
}

TEST_F(Recovery, APostgresPositionComesBackWhole) {
    Batch batch = make_batch(0, TableRows(counters()).insert({1, 1, "x"}).take());
    batch.position = PostgresPosition{Lsn{~0ULL}, 1'700'000'000'123'456, "slot", "7301234567890123456", 3, "shop"};
    const std::string uuid = target().recover().target_uuid;
    apply(std::move(batch));
    reopen();
    const StoredState state = target().recover();
    const auto& position = std::get<PostgresPosition>(state.position);
    EXPECT_EQ(position.commit_end.value, ~0ULL);
    EXPECT_EQ(position.commit_time_us, 1'700'000'000'123'456);
    EXPECT_EQ(position.slot + position.system_identifier + position.database, "slot7301234567890123456shop");
    EXPECT_EQ(position.timeline, 3u);
    EXPECT_EQ(state.target_uuid, uuid);
}

TEST_F(Recovery, OneTargetFollowsOneKindOfSource) {
    apply(numbered(1));
    Batch other = make_batch(0);
    other.position = PostgresPosition{Lsn{5}, 0, "slot", "1", 1, "shop"};
    EXPECT_THROW(apply(std::move(other)), Error);
    expect_rows_of(1);
}

TEST_F(Recovery, QuarantinedMessagesKeepTheirBytesAndBlockTheirKeys) {
    Batch batch = make_batch(4);
    batch.quarantined.push_back({"t", 2, 17, 1'700'000'000'123, std::string("k\0\xff", 3), std::string("v\0", 2),
                                 R"([["h","1"]])", "public.x", "why"});
    batch.quarantined.push_back({"t", 2, 18, 0, std::nullopt, std::nullopt, "", "", "no key"});
    apply(std::move(batch));
    reopen();
    const StoredState state = target().recover();
    ASSERT_EQ(state.blocked_keys.size(), 1u);
    EXPECT_EQ(state.blocked_keys[0].key, std::string("k\0\xff", 3));
    EXPECT_EQ(rows("SELECT id, topic, partition, \"offset\", epoch_ms(message_time), key, value, headers, table_name, "
                   "reason FROM pintail.quarantine ORDER BY id"),
              (std::vector<std::string>{R"(1|t|2|17|1700000000123|k\x00\xFF|v\x00|[["h","1"]]|public.x|why)",
                                        "2|t|2|18|0|NULL|NULL|[]||no key"}));
    Batch later = make_batch(5);
    later.quarantined.push_back({"t", 2, 19, 0, std::nullopt, std::nullopt, "", "", "third"});
    apply(std::move(later));
    EXPECT_EQ(one("SELECT max(id) FROM pintail.quarantine"), "3");
}

}  // namespace
}  // namespace pintail::duck::testing
