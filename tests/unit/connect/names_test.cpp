#include "connect/names.hpp"

#include <gmock/gmock.h>

namespace pintail::connect {
namespace {

TEST(ReplicationName, HoldsOnlyWhatPostgresAllows) {
    EXPECT_EQ(replication_name({"dbserver1", "public", "users"}), "dbserver1_public_users");
    EXPECT_EQ(replication_name({"DB-Server.1", "Größe", "My-Orders"}), "db_server_1_gr____e_my_orders");
}

TEST(ReplicationName, LongOnesStayApart) {
    const std::string common(80, 'a');
    const auto one = replication_name({common, "x"});
    const auto other = replication_name({common, "y"});
    EXPECT_EQ(one.size(), 63u);
    EXPECT_NE(one, other);
    EXPECT_EQ(one, replication_name({common, "x"}));
    EXPECT_EQ(one, std::string(54, 'a') + "_01cb5f32") << "slots must keep their names from release to release";
    EXPECT_EQ(replication_name({std::string(63, 'b')}), std::string(63, 'b'));
}

TEST(TablePattern, EscapesWhatARegexWouldTakeForSomethingElse) {
    EXPECT_EQ(table_pattern({"public", "users"}), R"((?-i)public\.users)");
    EXPECT_EQ(table_pattern({"a.b", "Order, Lines (old)*"}), R"((?-i)a[.]b\.Order\, Lines \(old\)\*)");
}

TEST(TablePattern, ReadsBackWhatItWrote) {
    const std::vector<TableName> tables = {
        {"public", "users"}, {"a.b", "c.d"}, {"Sch", "Order, Lines"}, {"s", "\\[x]{1}$^|?+"}, {"s", " lead"}};
    std::string list;
    for (const auto& table : tables) list += (list.empty() ? "" : ",") + table_pattern(table);
    EXPECT_EQ(exact_tables(list), tables);
}

TEST(TablePattern, ReadsWhatPeopleWrite) {
    EXPECT_EQ(exact_tables("public.users, shop\\.orders"),
              (std::vector<TableName>{{"public", "users"}, {"shop", "orders"}}));
    for (const char* pattern : {"public.*", "public.(a|b)", "users", "a.b.c", "public.[ab]", "(?i)public.users"})
        EXPECT_FALSE(exact_tables(pattern)) << pattern;
}

TEST(TopicPart, FollowsKafkasAlphabet) {
    EXPECT_EQ(topic_part("shop.Order, Lines"), "shop.Order__Lines");
    EXPECT_EQ(topic_part("a-b_c.9"), "a-b_c.9");
}

}  // namespace
}  // namespace pintail::connect
