#include "pipeline/batch_queue.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace pintail::pipeline {
namespace {

using std::chrono::milliseconds;

Batch batch_of(size_t value_bytes) {
    Batch batch;
    QuarantinedMessage message;
    message.value = std::string(value_bytes, 'x');
    batch.quarantined.push_back(message);
    batch.rows = value_bytes;
    return batch;
}

TEST(BatchQueue, SaysOnceThatItsConsumerWaits) {
    int times = 0;
    BatchQueue queue(1000, [&] { ++times; });
    Batch batch = batch_of(1);
    ASSERT_TRUE(queue.push(batch, milliseconds{0}));
    EXPECT_TRUE(queue.pop(milliseconds{0}));
    EXPECT_EQ(times, 0);
    EXPECT_FALSE(queue.consumer_idle());
    for (int turn = 0; turn < 2; ++turn) EXPECT_FALSE(queue.pop(milliseconds{0}));
    EXPECT_EQ(times, 1);
    EXPECT_TRUE(queue.consumer_idle());
}

TEST(BatchQueue, GivesBatchesInOrder) {
    BatchQueue queue(1000);
    for (size_t size : {1, 2, 3}) {
        Batch batch = batch_of(size);
        ASSERT_TRUE(queue.push(batch, milliseconds{0}));
    }
    for (size_t size : {1, 2, 3}) EXPECT_EQ(queue.pop(milliseconds{0})->rows, size);
}

TEST(BatchQueue, IsBoundedInBytesAndKeepsARefusedBatchWhole) {
    BatchQueue queue(100);
    Batch first = batch_of(80), second = batch_of(30);
    ASSERT_TRUE(queue.push(first, milliseconds{0}));
    EXPECT_FALSE(queue.push(second, milliseconds{1}));
    EXPECT_EQ(second.quarantined.size(), 1u);
    queue.pop(milliseconds{0});
    EXPECT_TRUE(queue.push(second, milliseconds{0}));
}

TEST(BatchQueue, TakesABatchBiggerThanItsBoundWhenEmpty) {
    BatchQueue queue(10);
    Batch big = batch_of(1000);
    EXPECT_TRUE(queue.push(big, milliseconds{0}));
}

TEST(BatchQueue, ClosedDrainsAndRefuses) {
    BatchQueue queue(100);
    Batch first = batch_of(1), late = batch_of(1);
    ASSERT_TRUE(queue.push(first, milliseconds{0}));
    queue.close();
    EXPECT_FALSE(queue.push(late, milliseconds{0}));
    EXPECT_FALSE(queue.drained());
    EXPECT_TRUE(queue.pop(milliseconds{0}));
    EXPECT_TRUE(queue.drained());
}

TEST(BatchQueue, SaysWhenTheConsumerWaits) {
    BatchQueue queue(100);
    EXPECT_FALSE(queue.consumer_idle());
    std::thread consumer([&] { queue.pop(milliseconds{60'000}); });
    while (!queue.consumer_idle()) std::this_thread::yield();
    Batch batch = batch_of(1);
    queue.push(batch, milliseconds{0});
    consumer.join();
    EXPECT_FALSE(queue.consumer_idle());
}

}  // namespace
}  // namespace pintail::pipeline
