#include "duck/open_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <regex>
#include <thread>

#include "core/error.hpp"
#include "duck/failure.hpp"
#include "duck/memory_room.hpp"
#include "log/log.hpp"

namespace pintail::duck {
namespace {

namespace fs = std::filesystem;

class Config {
public:
    Config() {
        if (duckdb_create_config(&config_) == DuckDBError)
            throw Error(ErrorKind::internal, "DuckDB gives no configuration");
    }
    ~Config() { duckdb_destroy_config(&config_); }
    Config(const Config&) = delete;
    Config& operator=(const Config&) = delete;

    void set(const char* name, const std::string& value) {
        if (duckdb_set_config(config_, name, value.c_str()) == DuckDBError) {
            throw Error(ErrorKind::config, fmt::format("DuckDB refuses the setting {} = {}", name, value));
        }
    }
    duckdb_config get() const { return config_; }

private:
    duckdb_config config_ = nullptr;
};

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw Error(ErrorKind::destination, fmt::format("target {}: {}", path, why));
}

void check_place(const fs::path& path, Access access) {
    std::error_code ignored;
    if (path.string().starts_with(":memory:"))
        refuse(path, "is no file: what it held would be gone with the process. Name a file");
    if (fs::is_directory(path, ignored)) refuse(path, "is a folder; name a file in it");
    if (access == Access::read_only && !fs::exists(path, ignored))
        refuse(path, "does not exist; --target or DUCKDB_PATH names another");
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (!fs::is_directory(folder, ignored))
        refuse(path, fmt::format("folder {} does not exist; make it first", folder.string()));
}

[[noreturn]] void explain(const std::string& path, const std::string& message) {
    std::smatch found;
    static const std::regex kLock(R"(Conflicting lock is held in (.*) \(PID (\d+)\))");
    if (std::regex_search(message, found, kLock)) {
        refuse(path,
               fmt::format("is in use by process {} ({}). Only one process can write a DuckDB file: stop that one, "
                           "or, if it is a pintail, ask it (pintail status, pintail query)",
                           found.str(2), found.str(1)));
    }
    if (message.find("Conflicting lock") != std::string::npos ||
        message.find("Could not set lock") != std::string::npos) {
        refuse(path, "is in use by another process, which must be stopped first");
    }
    if (message.find("not a valid DuckDB database file") != std::string::npos) {
        refuse(path, "is not a DuckDB file. Name another one; pintail never overwrites it");
    }
    if (message.find("version number") != std::string::npos) {
        refuse(path,
               fmt::format("was written by a DuckDB that this one ({}) cannot read: use a pintail linked with that "
                           "version, or export the data there. DuckDB says: {}",
                           duckdb_library_version(), message));
    }
    if (message.find("Permission denied") != std::string::npos ||
        message.find("Read-only file system") != std::string::npos) {
        refuse(path, "cannot be opened for this user: give write permission on the file and its folder. DuckDB says: " +
                         message);
    }
    if (is_full(message)) {
        throw Error(ErrorKind::destination,
                    fmt::format("target {}: its disk is full: make room there. DuckDB says: {}", path, message), true);
    }
    refuse(path, "cannot be opened. DuckDB says: " + message);
}

[[noreturn]] void refuse_memory(const std::string& path, size_t limit, const std::string& message) {
    refuse(path,
           fmt::format("cannot be opened with {} MiB of memory for DuckDB. Nothing of it is lost: set --memory-limit "
                       "higher, or leave it out; else use a machine with more. DuckDB says: {}",
                       limit >> 20, message));
}

int default_threads() {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency() / 2));
}

void configure(Config& config, const TargetOptions& options, Access access, size_t memory_limit) {
    config.set("access_mode", access == Access::read_only ? "READ_ONLY" : "READ_WRITE");
    config.set("threads", std::to_string(options.threads > 0 ? options.threads : default_threads()));
    config.set("memory_limit", fmt::format("{}B", memory_limit));
    config.set("temp_directory", options.temp_directory.empty() ? options.path + ".tmp" : options.temp_directory);
    config.set("checkpoint_threshold", fmt::format("{}B", options.checkpoint_threshold_bytes));
    // Rows of a table have no order of their own; without this DuckDB holds back whole results to keep one.
    config.set("preserve_insertion_order", "true");
    // Neither pintail nor a query through it has business outside the target and its folder for spilling.
    config.set("enable_external_access", "false");
    config.set("duckdb_api", "pintail");
}

// What DuckDB says; nullopt: it is open.
std::optional<std::string> try_to_open(const TargetOptions& options, Access access, size_t memory_limit,
                                       Database& database) {
    Config config;
    configure(config, options, access, memory_limit);
    char* message = nullptr;
    if (duckdb_open_ext(options.path.c_str(), database.out(), config.get(), &message) != DuckDBError)
        return std::nullopt;
    const std::string text = message != nullptr ? message : "no reason";
    duckdb_free(message);
    return text;
}

}  // namespace

std::shared_ptr<Database> open_target(const TargetOptions& options, Access access, size_t& memory_limit) {
    check_place(options.path, access);
    const bool may_grow = options.memory_limit_bytes == 0;
    memory_limit = may_grow ? std::max(memory_limit, memory_limit_of(options)) : options.memory_limit_bytes;
    for (;;) {
        auto database = std::make_shared<Database>();
        const auto problem = try_to_open(options, access, memory_limit, *database);
        if (!problem) return database;
        if (!is_out_of_memory(*problem)) explain(options.path, *problem);
        if (!may_grow || memory_limit >= most_memory()) refuse_memory(options.path, memory_limit, *problem);
        memory_limit = std::min(memory_limit * 2, most_memory());
        log::info("target {}: reading it needs more memory, DuckDB gets up to {} MiB (--memory-limit sets a limit)",
                  options.path, memory_limit >> 20);
    }
}

std::shared_ptr<Database> open_target(const TargetOptions& options, Access access) {
    size_t memory_limit = 0;
    return open_target(options, access, memory_limit);
}

}  // namespace pintail::duck
