#include "serve/socket_address.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace pintail::serve {
namespace {

TEST(SocketAddress, StandsBesideTheTarget) {
    const TemporaryFolder folder;
    EXPECT_EQ(SocketAddress(folder / "shop.duckdb").path(), folder / "shop.duckdb.sock");
}

TEST(SocketAddress, IsTheSameThroughEveryNameOfTheTarget) {
    const TemporaryFolder folder;
    std::ofstream(folder / "shop.duckdb") << "x";
    std::filesystem::create_directory(folder / "links");
    std::filesystem::create_symlink(folder / "shop.duckdb", folder / "links/other.duckdb");
    EXPECT_EQ(SocketAddress(folder / "links/other.duckdb").path(), folder / "shop.duckdb.sock");
    EXPECT_EQ(SocketAddress(folder / "links/../shop.duckdb").path(), folder / "shop.duckdb.sock");
}

TEST(SocketAddress, FitsTheKernelHoweverDeepTheFolder) {
    const TemporaryFolder folder;
    const std::string deep = folder / (std::string(90, 'a') + "/" + std::string(90, 'b'));
    std::filesystem::create_directories(deep);
    const SocketAddress address(deep + "/shop.duckdb");
    EXPECT_EQ(address.path(), deep + "/shop.duckdb.sock");
    EXPECT_LT(address.bindable().size(), 108u);
}

TEST(SocketAddress, RefusesAVeryLongFileName) {
    const TemporaryFolder folder;
    EXPECT_THROW(SocketAddress(folder / std::string(120, 'x')), Error);
}

TEST(Probe, FindsNobodyWhereThereIsNoSocket) {
    const TemporaryFolder folder;
    EXPECT_EQ(probe(SocketAddress(folder / "shop.duckdb")), Listening::nobody);
}

TEST(Probe, RefusesAFileThatIsNoSocket) {
    const TemporaryFolder folder;
    std::ofstream(folder / "shop.duckdb.sock") << "somebody's notes";
    EXPECT_THROW(probe(SocketAddress(folder / "shop.duckdb")), Error);
}

}  // namespace
}  // namespace pintail::serve
