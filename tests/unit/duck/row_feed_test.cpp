#include "duck/row_feed.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pintail::duck {
namespace {

std::shared_ptr<Database> in_memory() {
    auto database = std::make_shared<Database>();
    EXPECT_EQ(duckdb_open(nullptr, database->out()), DuckDBSuccess);
    return database;
}

class RowFeedTest : public testing::Test {
protected:
    void show(size_t rows) {
        numbers_ = Column({TypeKind::int64});
        for (size_t row = 0; row < rows; ++row) numbers_.push(static_cast<int64_t>(row));
        feed_->show({{&numbers_, &kNumber, {nullptr, 0, rows}}, {}}, rows);
    }
    TextRow sums() {
        return connection_.texts("SELECT count(*)::VARCHAR, sum(c1)::VARCHAR, count(c2)::VARCHAR FROM " +
                                 feed_->function() + "()")[0];
    }

    const ColumnType kNumber{TypeKind::int64};
    Connection connection_{in_memory()};
    Column numbers_{kNumber};
    std::optional<RowFeed> feed_{std::in_place, connection_, std::vector<ColumnType>{kNumber, {TypeKind::varchar}}};
};

TEST_F(RowFeedTest, GivesWhatIsShownAcrossChunks) {
    for (const size_t rows : {1, 2048, 5000}) {
        show(rows);
        EXPECT_EQ(sums(), (TextRow{std::to_string(rows), std::to_string(rows * (rows - 1) / 2), "0"}));
    }
    feed_->show_nothing();
    EXPECT_EQ(sums(), (TextRow{"0", std::nullopt, "0"}));
}

TEST_F(RowFeedTest, APreparedStatementSeesWhatIsShownWhenItRuns) {
    connection_.run("CREATE TABLE t (n BIGINT)");
    const Statement insert(connection_, "INSERT INTO t SELECT c1 FROM " + feed_->function() + "()");
    for (const size_t rows : {3, 0, 4000}) {
        show(rows);
        EXPECT_EQ(insert.execute().rows_changed(), rows);
    }
}

TEST_F(RowFeedTest, IsEmptyWhenItsOwnerIsGone) {
    show(10);
    const std::string sql = "SELECT count(*)::VARCHAR FROM " + feed_->function() + "()";
    feed_.reset();
    EXPECT_EQ(connection_.texts(sql)[0][0], "0");
}

TEST_F(RowFeedTest, OtherConnectionsMayNotCallIt) {
    show(10);
    const Connection other(connection_.database());
    EXPECT_THROW(other.query("SELECT * FROM " + feed_->function() + "()"), Error);
}

}  // namespace
}  // namespace pintail::duck
