#include "source/transaction_spool.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "core/error.hpp"

namespace pintail::source {
namespace {

class TransactionSpoolTest : public ::testing::Test {
protected:
    TransactionSpoolTest() : folder(::testing::TempDir() + "pintail-spool-" + std::to_string(::getpid())) {}

    static std::vector<std::string> all(TransactionSpool& spool, uint32_t xid) {
        std::vector<std::string> found;
        if (!spool.open(xid)) return found;
        for (std::string message; spool.read(message);) found.push_back(message);
        return found;
    }

    std::string folder;
    SpoolFolder place{folder, 1 << 20};
};

TEST_F(TransactionSpoolTest, InterleavedTransactionsKeepTheirOrder) {
    TransactionSpool spool(place);
    spool.append(1, 1, "Ia");
    spool.append(2, 2, "Ix");
    spool.append(1, 1, "Ib");
    EXPECT_EQ(all(spool, 1), (std::vector<std::string>{"Ia", "Ib"}));
    EXPECT_EQ(all(spool, 2), (std::vector<std::string>{"Ix"}));
    spool.drop(1);
    spool.drop(2);
    EXPECT_TRUE(spool.empty());
    EXPECT_EQ(place.bytes(), 0u);
}

TEST_F(TransactionSpoolTest, RolledBackSubtransactionsLeaveAnnouncementsOnly) {
    TransactionSpool spool(place);
    spool.append(1, 1, "Ia");
    spool.append(1, 5, "Rtable");
    spool.append(1, 5, "Idead");
    spool.append(1, 6, "Idead inside");
    spool.roll_back(1, 5);
    spool.append(1, 1, "Ib");
    EXPECT_EQ(all(spool, 1), (std::vector<std::string>{"Ia", "Rtable", "Ib"}));
    spool.roll_back(1, 7);  // had changed nothing
    EXPECT_EQ(all(spool, 1).size(), 3u);
    spool.roll_back(1, 1);
    EXPECT_TRUE(all(spool, 1).empty());
}

TEST_F(TransactionSpoolTest, LeftoversGoAndTheBudgetHolds) {
    std::filesystem::create_directories(folder);
    std::filesystem::create_directories(folder + "/77");
    SpoolFolder small(folder, 64);
    TransactionSpool spool(small);
    EXPECT_FALSE(std::filesystem::exists(folder));
    EXPECT_FALSE(spool.open(77));
    EXPECT_THROW(spool.append(1, 1, std::string(100, 'x')), Error);
}

TEST_F(TransactionSpoolTest, AFileIsReadWhileItGrowsAndGivesItsBytesBack) {
    {
        SpoolFile file(place, "aside");
        uint64_t at = 0;
        std::string record;
        const std::string big(200'000, 'x');
        EXPECT_FALSE(file.read(at, record));
        for (const auto& text : {std::string("a"), big, std::string("b")}) {
            file.append(text);
            ASSERT_TRUE(file.read(at, record));
            EXPECT_EQ(record, text);
            EXPECT_FALSE(file.read(at, record));
        }
        const uint64_t keep = at;
        file.append("gone");
        file.truncate(keep);
        EXPECT_FALSE(file.read(at, record));
        file.append("c");
        ASSERT_TRUE(file.read(at, record));
        EXPECT_EQ(record, "c");
        EXPECT_EQ(place.bytes(), file.size());
    }
    EXPECT_EQ(place.bytes(), 0u);
}

}  // namespace
}  // namespace pintail::source
