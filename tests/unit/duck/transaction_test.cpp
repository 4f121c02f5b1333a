// The RAII layer over duckdb.h, where DuckDB's own answers cannot be trusted.
#include "duck/open_target.hpp"
#include "duck/state_schema.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

class TransactionGuard : public TargetTest {
protected:
    Connection connection_{open_target(options(), Access::read_write)};
    std::string catalog_ = current_catalog(connection_);
    std::string count() { return connection_.texts("SELECT count(*)::VARCHAR FROM t").at(0).at(0).value(); }
    void SetUp() override { connection_.run("CREATE TABLE t (a INTEGER NOT NULL)"); }
};

TEST_F(TransactionGuard, RollsBackWithoutCommit) {
    {
        Transaction transaction(connection_);
        connection_.run("INSERT INTO t VALUES (1)");
    }
    EXPECT_EQ(count(), "0");
}

TEST_F(TransactionGuard, NeverReachesTheCommitThatDuckDbWouldCallASuccess) {
    EXPECT_THROW(
        {
            Transaction transaction(connection_);
            connection_.run("INSERT INTO t VALUES (1)");
            connection_.run("INSERT INTO t VALUES (NULL)");
            transaction.commit();
        },
        Error);
    EXPECT_EQ(count(), "0");
    connection_.run("INSERT INTO t VALUES (2)");
    EXPECT_EQ(count(), "1");
}

TEST_F(TransactionGuard, AnAppendersLateErrorIsThrown) {
    const auto append_null = [&] {
        Transaction transaction(connection_);
        Appender appender(connection_, catalog_, "main", "t");
        std::vector<LogicalType> types;
        types.push_back(appender.column_type(0));
        Chunk chunk(types);
        duckdb_vector_ensure_validity_writable(chunk.column(0));
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(chunk.column(0)), 0);
        chunk.set_rows(1);
        appender.append(chunk);
        appender.finish();
        transaction.commit();
    };
    EXPECT_THROW(append_null(), Error);
    EXPECT_EQ(count(), "0");
}

TEST_F(TransactionGuard, ErrorsDoNotQuoteCells) {
    connection_.run("CREATE TABLE texts (a VARCHAR); INSERT INTO texts VALUES ('secret value')");
    try {
        connection_.run("SELECT a::INTEGER FROM texts");
        FAIL() << "no Error";
    } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
    }
}

TEST_F(TransactionGuard, SpillsWhereItWasTold) {
    EXPECT_EQ(connection_.texts("SELECT current_setting('temp_directory')").at(0).at(0), options().path + ".tmp");
}

}  // namespace
}  // namespace pintail::duck::testing
