#include "postgres/readiness.hpp"

#include <gmock/gmock.h>

#include "postgres/near_names.hpp"
#include "postgres/replication_objects.hpp"
#include "temporary_server.hpp"

namespace pintail::postgres {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Readiness : public testing::Test {
protected:
    void SetUp() override {
        if (TemporaryServer::shared().url().empty())
            GTEST_SKIP() << "no Postgres server programs in /usr/lib/postgresql";
        connection_.emplace(TemporaryServer::shared().url());
        clean();
        exec("CREATE SCHEMA ready; SET search_path = ready; CREATE TABLE keyed (a int PRIMARY KEY, b text)");
        plan_ = {{{"ready", "keyed"}}, "our_slot", "our_pub", false, true};
    }
    void TearDown() override {
        if (connection_) clean();
    }
    void clean() {
        exec("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active");
        exec("DROP SCHEMA IF EXISTS ready CASCADE; DROP PUBLICATION IF EXISTS our_pub");
    }
    void exec(const std::string& sql) { connection_->exec(sql); }

    // Each finding as "problem → remedy".
    std::vector<std::string> findings(const std::string& user = "tester") {
        Connection connection(TemporaryServer::shared().url_as(user));
        std::vector<std::string> lines;
        for (const auto& finding : check_readiness(connection, plan_))
            lines.push_back(finding.problem + " → " + finding.remedy);
        return lines;
    }

    std::optional<Connection> connection_;
    ReplicationPlan plan_;
};

TEST_F(Readiness, NothingInTheWay) {
    exec("CREATE TABLE whole (a int); ALTER TABLE whole REPLICA IDENTITY FULL");
    plan_.tables.push_back({"ready", "whole"});
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Readiness, TablesThatAreMissingOrNone) {
    exec("CREATE VIEW v AS SELECT 1 AS a; CREATE UNLOGGED TABLE u (a int PRIMARY KEY)");
    plan_.tables = {
        {"ready", "Keyed"}, {"public", "keyed"}, {"ready", "nothing_like_it"}, {"ready", "v"}, {"ready", "u"}};
    EXPECT_THAT(
        findings(),
        ElementsAre(HasSubstr("view"),
                    AllOf(HasSubstr("unlogged"), HasSubstr("ALTER TABLE \"ready\".\"u\" SET LOGGED")),
                    HasSubstr("table ready.Keyed does not exist in database postgres → did you mean ready.keyed?"),
                    HasSubstr("did you mean ready.keyed?"), HasSubstr("create it first")));
}

TEST_F(Readiness, ListedTablesMayBeGone) {
    plan_.tables = {{"ready", "keyed"}, {"ready", "dropped_just_now"}};
    plan_.tables_were_listed = true;
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Readiness, KeylessTablesWouldBreakTheApplication) {
    exec(
        "CREATE TABLE \"no Key\" (a int); CREATE TABLE part (a int, b int) PARTITION BY RANGE (a); CREATE TABLE part_1 "
        "PARTITION OF part DEFAULT");
    plan_.tables = {{"ready", "no Key"}, {"ready", "part"}};
    EXPECT_THAT(findings(), ElementsAre(AllOf(HasSubstr("UPDATE and DELETE on it fail"),
                                              HasSubstr("ALTER TABLE \"ready\".\"no Key\" REPLICA IDENTITY FULL")),
                                        HasSubstr("ALTER TABLE \"ready\".\"part_1\" REPLICA IDENTITY FULL")));
    // That it is so: the server refuses to everybody.
    exec("CREATE PUBLICATION our_pub FOR TABLE ready.\"no Key\"; INSERT INTO ready.\"no Key\" VALUES (1)");
    EXPECT_THROW(exec("UPDATE ready.\"no Key\" SET a = 2"), SqlError);
    exec("ALTER TABLE ready.\"no Key\" REPLICA IDENTITY FULL");
    exec("UPDATE ready.\"no Key\" SET a = 2");
}

TEST_F(Readiness, RolesWithoutTheRight) {
    exec("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN");
    EXPECT_THAT(
        findings("weak"),
        ElementsAre(HasSubstr("ALTER ROLE \"weak\" REPLICATION"),
                    AllOf(HasSubstr("may not read ready.keyed"), HasSubstr("GRANT SELECT ON \"ready\".\"keyed\"")),
                    AllOf(HasSubstr("as the owner: CREATE PUBLICATION \"our_pub\" FOR TABLE \"ready\".\"keyed\""))));
    exec(
        "ALTER ROLE weak REPLICATION; GRANT USAGE ON SCHEMA ready TO weak; GRANT SELECT ON ready.keyed TO weak; CREATE "
        "PUBLICATION our_pub FOR TABLE ready.keyed");
    EXPECT_THAT(findings("weak"), IsEmpty());
    exec("REVOKE ALL ON ready.keyed FROM weak; REVOKE ALL ON SCHEMA ready FROM weak; DROP ROLE weak");
}

TEST_F(Readiness, SlotsInTheWay) {
    exec("SELECT pg_create_logical_replication_slot('our_slot', 'pgoutput')");
    EXPECT_THAT(findings(), IsEmpty()) << "an idle slot of ours is fine";
    exec(
        "SELECT pg_drop_replication_slot('our_slot'); SELECT pg_create_logical_replication_slot('our_slot', "
        "'test_decoding')");
    EXPECT_THAT(findings(),
                ElementsAre(AllOf(HasSubstr("test_decoding"), HasSubstr("pg_drop_replication_slot('our_slot')"))));
    exec("SELECT pg_drop_replication_slot('our_slot')");
    for (const char* name : {"x", "y", "z"})
        exec(std::string("SELECT pg_create_physical_replication_slot('") + name + "')");
    EXPECT_THAT(findings(),
                ElementsAre(AllOf(HasSubstr("all 3 replication slots are taken"), HasSubstr("max_replication_slots"))));
}

TEST_F(Readiness, ASlotInUseIsAnothersOrOurs) {
    Connection reader(TemporaryServer::shared().url(), {.replication = true});
    reader.exec("CREATE_REPLICATION_SLOT our_slot TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT");
    EXPECT_THAT(findings(),
                ElementsAre(AllOf(HasSubstr("slot our_slot is in use by process"), HasSubstr("pg_terminate_backend"))));
    plan_.slot_is_ours = true;
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Readiness, PublicationsThatLeaveThingsOut) {
    exec("CREATE PUBLICATION our_pub FOR TABLE ready.keyed WITH (publish = 'insert, update, delete')");
    EXPECT_THAT(findings(), ElementsAre(AllOf(HasSubstr("leaves out"),
                                              HasSubstr("SET (publish = 'insert, update, delete, truncate')"))));
}

TEST_F(Readiness, PartitionedTablesOfAnOldDebezium) {
    exec("CREATE TABLE part (a int PRIMARY KEY) PARTITION BY RANGE (a); CREATE TABLE part_1 PARTITION OF part DEFAULT");
    plan_.tables = {{"ready", "part"}};
    EXPECT_THAT(findings(), IsEmpty());
    plan_.via_partition_root = false;
    EXPECT_THAT(
        findings(),
        ElementsAre(HasSubstr(
            "CREATE PUBLICATION \"our_pub\" FOR TABLE \"ready\".\"part\" WITH (publish_via_partition_root = true)")));
    exec("CREATE PUBLICATION our_pub FOR TABLE ready.part WITH (publish_via_partition_root = true)");
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Readiness, DropsWhatIsThere) {
    exec(
        "SELECT pg_create_logical_replication_slot('our_slot', 'pgoutput'); CREATE PUBLICATION our_pub FOR TABLE "
        "ready.keyed");
    const std::chrono::milliseconds patience(50);
    EXPECT_TRUE(drop_slot(*connection_, "our_slot", patience));
    EXPECT_FALSE(drop_slot(*connection_, "our_slot", patience));
    EXPECT_TRUE(drop_publication(*connection_, "our_pub"));
    EXPECT_FALSE(drop_publication(*connection_, "our_pub"));
    Connection reader(TemporaryServer::shared().url(), {.replication = true});
    reader.exec("CREATE_REPLICATION_SLOT our_slot TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT");
    EXPECT_THROW(drop_slot(*connection_, "our_slot", patience), SqlError);
}

TEST(NearNames, NearestFirst) {
    const std::vector<std::string> known = {"public.users", "public.orders", "shop.users", "shop.Order, Lines",
                                            "public.user_logins"};
    EXPECT_THAT(near_names("public.Users", known), ElementsAre("public.users", "shop.users"));
    EXPECT_THAT(near_names("public.usres", known), ElementsAre("public.users"));
    EXPECT_THAT(near_names("shop.order", known), ElementsAre("public.orders", "shop.Order, Lines"));
    EXPECT_THAT(near_names("public.invoices", known), IsEmpty());
}

}  // namespace
}  // namespace pintail::postgres
