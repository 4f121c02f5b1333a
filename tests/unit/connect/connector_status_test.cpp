#include "connect/connector_status.hpp"

#include <gmock/gmock.h>

namespace pintail::connect {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct TraceCase {
    const char* trace;
    const char* advice;
};

class Diagnose : public testing::TestWithParam<TraceCase> {};

TEST_P(Diagnose, NamesTheWayOut) {
    EXPECT_THAT(diagnose(GetParam().trace).advice, HasSubstr(GetParam().advice));
}

// As Debezium 2.6.2 and 3.7.0 on Connect 3.9.2 and 4.3.1 wrote them.
INSTANTIATE_TEST_SUITE_P(
    Recorded, Diagnose,
    testing::Values(TraceCase{"io.debezium.DebeziumException: Couldn't obtain encoding for database shop\n\tat "
                              "io.debezium.connector.postgresql.x(X.java:1)\n"
                              "Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for "
                              "user \"postgres\"\n\t... 12 more",
                              "POSTGRES_PASSWORD in .credentials"},
                    TraceCase{"Connector configuration is invalid and contains the following 1 error(s):\nThe "
                              "'database.hostname' value is invalid: ${env:POSTGRES_HOST} has invalid format",
                              "--secrets inline"},
                    TraceCase{"Error while validating connector config: The connection attempt failed.",
                              "CONNECT_POSTGRES_HOST"},
                    TraceCase{"io.debezium.DebeziumException: The connector is trying to read change stream starting "
                              "at PostgresOffsetContext [x], but this is no longer available on the "
                              "server. Reconfigure the connector to use a snapshot mode when needed.",
                              "pintail connectors delete"}));

// Postgres' own messages, inside whatever wraps them.
INSTANTIATE_TEST_SUITE_P(
    Postgres, Diagnose,
    testing::Values(
        TraceCase{"PSQLException: ERROR: replication slot \"s\" is active for PID 17", "active_pid"},
        TraceCase{"PSQLException: ERROR: all replication slots are in use", "max_replication_slots"},
        TraceCase{"PSQLException: ERROR: logical decoding requires wal_level >= logical", "wal_level = 'logical'"},
        TraceCase{"PSQLException: ERROR: publication \"p\" does not exist", "restart the connector"},
        TraceCase{"PSQLException: ERROR: must be superuser or replication role to use replication slots", "ALTER ROLE"},
        TraceCase{"PSQLException: ERROR: permission denied for table users", "GRANT"},
        TraceCase{"PSQLException: ERROR: can no longer get changes from replication slot \"s\"", "--drop-slot"},
        TraceCase{"PSQLException: FATAL: database \"x\" does not exist", "POSTGRES_DB"},
        TraceCase{"RecordTooLargeException: The message is 2000000 bytes", "max.request.size"}));

TEST(Diagnose, ShowsTheEndsOfTheStoryAndNoFrames) {
    std::string trace = "Outer: one\n\tat a.b(C.java:1)\n";
    for (int i = 0; i < 8; ++i)
        trace += "Caused by: middle " + std::to_string(i) + "\n\tat a.b(C.java:2)\n\t... 7 more\n";
    trace += "Caused by: " + std::string(1000, 'x') + " innermost postgres://u:hunter2@h/d\n";
    const auto diagnosis = diagnose(trace);
    EXPECT_THAT(diagnosis.what, AllOf(HasSubstr("Outer: one"), HasSubstr("innermost"), Not(HasSubstr("\tat")),
                                      Not(HasSubstr("middle 0")), Not(HasSubstr("hunter2"))));
    EXPECT_LT(diagnosis.what.size(), 1000u);
    EXPECT_EQ(diagnosis.advice, "");
}

TEST(Diagnose, FramesDoNotCount) {
    EXPECT_EQ(diagnose("Odd: thing\n\tat x.RecordTooLargeException.y(Z.java)").advice, "");
}

TEST(ConnectorStatus, RunsOnlyWithAllItsTasks) {
    ConnectorStatus status{"c", "RUNNING", "w", "", {}};
    EXPECT_FALSE(status.running());
    status.tasks = {{0, "RUNNING", "w", ""}};
    EXPECT_TRUE(status.running());
    status.tasks.push_back({1, "FAILED", "w", "boom"});
    EXPECT_FALSE(status.running());
    EXPECT_TRUE(status.failed());
    ASSERT_EQ(diagnose_failures(status).size(), 1u);
    EXPECT_EQ(diagnose_failures(status)[0].what, "boom");
    status.tasks.clear();
    status.state = "FAILED";
    EXPECT_TRUE(status.failed());
}

}  // namespace
}  // namespace pintail::connect
