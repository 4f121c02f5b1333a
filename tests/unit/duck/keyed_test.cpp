#include "duck/open_target.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

SchemaPointer users() {
    static const SchemaPointer table = make_table(
        "public.users",
        {column("id", TypeKind::int64), column("name", TypeKind::varchar), column("note", TypeKind::varchar)}, {"id"});
    return table;
}

class KeyedTest : public TargetTest {
protected:
    Rows all() { return rows("SELECT * FROM users ORDER BY id"); }
};

TEST_F(KeyedTest, RowsAndPositionAreThereAfterReopening) {
    apply(make_batch(3, TableRows(users()).insert({1, "ann", "x"}).insert({2, "bob", Null{}}).take()));
    reopen();
    EXPECT_EQ(all(), (Rows{"1|ann|x", "2|bob|NULL"}));
    const StoredState state = target().recover();
    EXPECT_EQ(std::get<KafkaPosition>(state.position).partitions.at(0).next_offset, 3);
    EXPECT_FALSE(state.target_uuid.empty());
    ASSERT_EQ(state.tables.size(), 1u);
    EXPECT_TRUE(same_shape(*state.tables[0].schema, *users()));
}

TEST_F(KeyedTest, TheTopicsIdIsStoredWithThePosition) {
    Batch batch = make_batch(3);
    std::get<KafkaPosition>(batch.position).partitions.at(0).topic_id = "zpZDp8_TTXqfb0ux2yrdJA";
    apply(std::move(batch));
    reopen();
    EXPECT_EQ(std::get<KafkaPosition>(target().recover().position).partitions.at(0).topic_id, "zpZDp8_TTXqfb0ux2yrdJA");
}

// State of an earlier pintail: a reader takes it as it is, the first writer adds the column.
TEST_F(KeyedTest, ATargetWithoutTopicIdsIsReadAndMended) {
    apply(make_batch(3));
    close();
    Connection(open_target(options(), Access::read_write))
        .run("ALTER TABLE pintail.kafka_offsets DROP COLUMN topic_id");
    EXPECT_EQ(std::get<KafkaPosition>(TargetReader(options()).status().position).partitions.at(0).next_offset, 3);
    EXPECT_EQ(std::get<KafkaPosition>(target().recover().position).partitions.at(0).topic_id, "");
    EXPECT_EQ(one("SELECT count(topic_id) || '/' || count(*) FROM pintail.kafka_offsets"), "0/1");
}

TEST_F(KeyedTest, LastStatePerKeyWins) {
    apply(make_batch(1, TableRows(users()).insert({1, "a", "1"}).insert({2, "b", "2"}).insert({3, "c", "3"}).take()));
    apply(make_batch(2, TableRows(users())
                            .update({1, "a2", "1"})
                            .update({1, "a3", "1"})
                            .remove({2})
                            .insert({4, "d", "4"})
                            .remove({4})
                            .insert({5, "e", "5"})
                            .take()));
    EXPECT_EQ(all(), (Rows{"1|a3|1", "3|c|3", "5|e|5"}));
}

TEST_F(KeyedTest, DeleteThenInsertLeavesTheNewRow) {
    apply(make_batch(1, TableRows(users()).insert({1, "a", "1"}).take()));
    apply(make_batch(2, TableRows(users()).remove({1}).insert({1, "again", Null{}}).take()));
    EXPECT_EQ(all(), (Rows{"1|again|NULL"}));
}

TEST_F(KeyedTest, AnInsertOfAKeyThatIsThereReplacesIt) {
    apply(make_batch(1, TableRows(users()).insert({1, "a", "1"}).take()));
    apply(make_batch(2, TableRows(users()).insert({1, "b", "1"}).take()));
    EXPECT_EQ(all(), (Rows{"1|b|1"}));
}

}  // namespace
}  // namespace pintail::duck::testing
