#include "postgres/replication_objects.hpp"

#include <gmock/gmock.h>

#include "temporary_server.hpp"

namespace pintail::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Removing : public testing::Test {
protected:
    void SetUp() override {
        if (TemporaryServer::shared().url().empty())
            GTEST_SKIP() << "no Postgres server programs in /usr/lib/postgresql";
        connection_.emplace(TemporaryServer::shared().url());
        exec("DROP PUBLICATION IF EXISTS gone_pub; DROP ROLE IF EXISTS nobody_much; CREATE ROLE nobody_much LOGIN");
        exec("CREATE PUBLICATION gone_pub");
        exec("SELECT pg_create_logical_replication_slot('gone_slot', 'pgoutput')");
    }
    void TearDown() override {
        if (!connection_) return;
        exec("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'gone_slot'");
        exec("DROP PUBLICATION IF EXISTS gone_pub; DROP ROLE nobody_much");
    }
    void exec(const std::string& sql) { connection_->exec(sql); }

    std::vector<std::string> problems(const Removal& removal, const std::string& user = "") {
        Connection connection(user.empty() ? TemporaryServer::shared().url() : TemporaryServer::shared().url_as(user));
        std::vector<std::string> lines;
        for (const auto& finding : check_removal(connection, removal)) lines.push_back(finding.problem);
        return lines;
    }

    std::optional<Connection> connection_;
    const Removal removal_{"gone_slot", "gone_pub", true, true};
};

TEST_F(Removing, NothingInTheWay) {
    EXPECT_THAT(problems(removal_), IsEmpty());
    EXPECT_THAT(problems({"no_such_slot", "no_such_publication", false, false}), IsEmpty());
}

TEST_F(Removing, ARoleThatMayNot) {
    EXPECT_THAT(problems(removal_, "nobody_much"),
                ElementsAre(HasSubstr("may not drop slots"), HasSubstr("publication gone_pub belongs to role")));
    EXPECT_THAT(problems({"gone_slot", "", true, true}, "nobody_much"), ElementsAre(HasSubstr("may not drop slots")));
}

// Another server than the reader's: there is nothing to drop, and the reader's slot would stay.
TEST_F(Removing, ASlotThatMustBeThereAndIsNot) {
    EXPECT_THAT(problems({"no_such_slot", "gone_pub", true, true}), ElementsAre(HasSubstr("has no slot no_such_slot")));
}

}  // namespace
}  // namespace pintail::postgres
