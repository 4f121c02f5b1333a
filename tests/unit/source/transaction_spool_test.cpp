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
};

TEST_F(TransactionSpoolTest, InterleavedTransactionsKeepTheirOrder) {
    TransactionSpool spool(folder, 1 << 20);
    spool.append(1, 1, "Ia");
    spool.append(2, 2, "Ix");
    spool.append(1, 1, "Ib");
    EXPECT_EQ(all(spool, 1), (std::vector<std::string>{"Ia", "Ib"}));
    EXPECT_EQ(all(spool, 2), (std::vector<std::string>{"Ix"}));
    spool.drop(1);
    spool.drop(2);
    EXPECT_TRUE(spool.empty());
    EXPECT_EQ(spool.bytes(), 0u);
}

TEST_F(TransactionSpoolTest, RolledBackSubtransactionsLeaveAnnouncementsOnly) {
    TransactionSpool spool(folder, 1 << 20);
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
    TransactionSpool spool(folder, 64);
    EXPECT_FALSE(std::filesystem::exists(folder));
    EXPECT_FALSE(spool.open(77));
    EXPECT_THROW(spool.append(1, 1, std::string(100, 'x')), Error);
}

}  // namespace
}  // namespace pintail::source
