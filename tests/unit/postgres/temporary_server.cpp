#include "temporary_server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

namespace pintail::postgres {
namespace {

namespace fs = std::filesystem;

std::string newest_programs() {
    const fs::path root = "/usr/lib/postgresql";
    if (!fs::exists(root)) return {};
    std::vector<fs::path> found;
    for (const auto& version : fs::directory_iterator(root))
        if (fs::exists(version.path() / "bin" / "initdb")) found.push_back(version.path() / "bin");
    std::sort(found.begin(), found.end());
    return found.empty() ? std::string() : found.back().string();
}

std::string programs_of(int major) {
    const std::string version = std::to_string(major);
    for (const fs::path& place :
         {fs::path("/usr/lib/postgresql") / version, fs::path(PINTAIL_SOURCE_DIR) / ".deps" / ("postgres-" + version)})
        if (fs::exists(place / "bin" / "initdb")) return place / "bin";
    return {};
}

// All arguments are made here: no quoting needed.
void run(const std::string& command) {
    const std::string as_nobody = getuid() == 0 ? "setpriv --reuid=nobody --regid=nogroup --clear-groups " : "";
    if (std::system((as_nobody + command + " >/dev/null 2>&1").c_str()) != 0)
        throw std::runtime_error("failed: " + command);
}

}  // namespace

TemporaryServer& TemporaryServer::shared() {
    static TemporaryServer server(newest_programs());
    return server;
}

TemporaryServer& TemporaryServer::of_version(int major) {
    struct Delete {
        void operator()(TemporaryServer* server) const { delete server; }
    };
    static std::map<int, std::unique_ptr<TemporaryServer, Delete>> servers;
    auto& server = servers[major];
    if (!server) server.reset(new TemporaryServer(programs_of(major)));
    return *server;
}

TemporaryServer::TemporaryServer(std::string programs) : programs_(std::move(programs)) {
    if (programs_.empty()) return;
    // Short and in a folder that anybody may enter: unix sockets' paths are limited, and nobody must get there.
    char name[] = "/tmp/pintail-pg-XXXXXX";
    folder_ = mkdtemp(name);
    chmod(folder_.c_str(), 0777);
    run(programs_ + "/initdb -D " + folder_ + "/data -U tester --auth=trust --no-sync -E UTF8 --locale=C");
    run(programs_ + "/pg_ctl -D " + folder_ + "/data -w -l " + folder_ + "/log -o '-k " + folder_ +
        " -c listen_addresses= -c fsync=off -c wal_level=logical -c max_replication_slots=3 -c max_wal_senders=3' "
        "start");
    url_ = url_as("tester");
}

TemporaryServer::~TemporaryServer() {
    if (folder_.empty()) return;
    try {
        run(programs_ + "/pg_ctl -D " + folder_ + "/data -m immediate -w stop");
        fs::remove_all(folder_);
    } catch (const std::exception&) {
        // The folder in /tmp stays for whoever wants to know why.
    }
}

std::string TemporaryServer::url_as(const std::string& user) const {
    return "host=" + folder_ + " dbname=postgres user=" + user;
}

}  // namespace pintail::postgres
