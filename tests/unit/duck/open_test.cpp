// Opening a target: every refusal says what is wrong and what to do.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "duck/open_target.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

class Open : public TargetTest {
protected:
    std::string refusal(const TargetOptions& options, Access access = Access::read_write) {
        try {
            open_target(options, access);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::destination);
            EXPECT_FALSE(error.transient());
            return error.what();
        }
        return "";
    }
    static bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
};

// A child that holds the file open until it is told to end.
class Holder {
public:
    explicit Holder(const TargetOptions& options) {
        int ready[2];
        int stop[2];
        if (pipe(ready) != 0 || pipe(stop) != 0) throw std::runtime_error("no pipe");
        child_ = fork();
        if (child_ == 0) {
            DuckDestination target(options);
            char byte = 'r';
            [[maybe_unused]] auto ignored = write(ready[1], &byte, 1);
            ::close(stop[1]);
            ignored = read(stop[0], &byte, 1);
            _exit(0);
        }
        char byte;
        [[maybe_unused]] auto ignored = read(ready[0], &byte, 1);
        stop_ = stop[1];
        ::close(stop[0]);
    }
    ~Holder() {
        ::close(stop_);
        waitpid(child_, nullptr, 0);
    }
    pid_t pid() const { return child_; }

private:
    pid_t child_;
    int stop_;
};

TEST_F(Open, AFileInUseNamesTheProcess) {
    const Holder holder(options());
    const std::string text = refusal(options());
    EXPECT_TRUE(says(text, "process " + std::to_string(holder.pid()))) << text;
    EXPECT_TRUE(says(text, "pintail status")) << text;
    EXPECT_TRUE(says(refusal(options(), Access::read_only), std::to_string(holder.pid())));
}

TEST_F(Open, SomethingElseIsNotOverwritten) {
    std::ofstream(options().path) << std::string(8192, 'x');
    EXPECT_TRUE(says(refusal(options()), "not a DuckDB file"));
    std::ifstream file(options().path);
    EXPECT_EQ(file.get(), 'x');
}

TEST_F(Open, AMissingFolderIsNamed) {
    TargetOptions options = this->options();
    options.path = folder() / "no" / "such" / "t.duckdb";
    EXPECT_TRUE(says(refusal(options), (folder() / "no" / "such").string()));
}

TEST_F(Open, AFolderIsNoTarget) {
    TargetOptions options = this->options();
    options.path = folder();
    EXPECT_TRUE(says(refusal(options), "is a folder"));
}

TEST_F(Open, AReaderMakesNoFile) {
    EXPECT_TRUE(says(refusal(options(), Access::read_only), "does not exist"));
    EXPECT_FALSE(std::filesystem::exists(options().path));
}

// DuckDB keeps the version of its storage in the file's header, 12 bytes in.
TEST_F(Open, AFileOfALaterDuckDbSaysSo) {
    target();
    close();
    std::fstream file(options().path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(12);
    const uint64_t version = 9999;
    file.write(reinterpret_cast<const char*>(&version), sizeof version);
    file.close();
    const std::string text = refusal(options());
    EXPECT_TRUE(says(text, "target")) << text;
    std::filesystem::remove(options().path);
}

TEST_F(Open, ATargetOfANewerPintailIsRefused) {
    target().recover();
    close();
    Connection(open_target(options(), Access::read_write)).run("UPDATE pintail.target SET format_version = 99");
    EXPECT_THROW(target().recover(), Error);
    close();
}

TEST_F(Open, AFileCalledPintailIsNotConfusedWithOurSchema) {
    TargetOptions options = this->options();
    options.path = folder() / "pintail.duckdb";
    DuckDestination target(options);
    const auto table = make_table("pintail.t", {column("id", TypeKind::int32)}, {"id"});
    target.apply(make_batch(5, TableRows(table).insert({1}).take()));
    EXPECT_EQ(std::get<KafkaPosition>(target.recover().position).partitions.at(0).next_offset, 5);
    TargetReader reader = target.reader();
    EXPECT_EQ(reader.status().tables.at(0).rows, 1u);
}

// Opened again before, the file would be read while it is written.
TEST_F(Open, IsClosedWhenItsLastCheckpointIsThrough) {
    auto database = open_target(options(), Access::read_write);
    Connection(database).run("CREATE TABLE t AS SELECT 1::BIGINT AS i");
    Connection(database).run("INSERT INTO t SELECT (hash(i) % 1000)::BIGINT FROM range(100000) rows(i)");
    const std::string log = options().path + ".wal";
    ASSERT_TRUE(std::filesystem::exists(log));
    const auto open = database->open();
    std::thread last([&] { database.reset(); });
    while (!open.expired()) std::this_thread::yield();
    EXPECT_FALSE(std::filesystem::exists(log));
    last.join();
}

}  // namespace
}  // namespace pintail::duck::testing
