// Kafka Connect's REST interface (https://kafka.apache.org/documentation/#connect_rest).
//
// One thread at a time. Connect down, or an answer that is none of Connect's, is an Error (source, transient); a
// refusal is an Error (source) with Connect's own words and, where known, the way out. A worker that rebalances (409)
// or starts is waited for.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/connector_status.hpp"

namespace pintail::connect {

using Properties = std::map<std::string, std::string>;

struct ConnectorInfo {
    Properties properties;
    ConnectorStatus status;
};

class Client {
public:
    // `url`: http(s)://[user:password@]host:port[/path]. Nothing is sent yet.
    explicit Client(const std::string& url);
    ~Client();
    Client(Client&&) noexcept;

    std::string worker_version();
    // Of an installed connector class; nullopt: not installed.
    std::optional<std::string> plugin_version(const std::string& connector_class);

    std::vector<std::string> names();
    std::vector<ConnectorInfo> connectors();  // all, by name
    std::optional<Properties> properties(const std::string& name);
    std::optional<ConnectorStatus> status(const std::string& name);  // nullopt: none yet, or no such connector

    // Creates the connector, or gives an existing one these properties.
    void put(const std::string& name, const Properties& properties);
    // The connector with all its tasks, also when it was paused or stopped; Error when there is no such connector.
    void resume_and_restart(const std::string& name);
    // Ends its tasks but keeps its offsets; false: this Connect is too old for that (before 3.5).
    bool stop(const std::string& name);
    bool delete_offsets(const std::string& name);  // of a stopped connector; false: too old (before 3.6)
    void remove(const std::string& name);

private:
    struct Connection;
    std::unique_ptr<Connection> connection_;
};

struct Patience {
    std::chrono::milliseconds timeout{60'000};
    std::chrono::milliseconds pause{200};
    // A connector counts as running when it stayed so for this long: many fail within the first second.
    std::chrono::milliseconds settle{1500};
};

// Waits until the connector and its tasks run. A failure is an Error with its diagnosis, unless it is still
// `stale_trace` (what the connector had failed with before it was told to restart).
void wait_until_running(Client& client, const std::string& name, const Patience& patience,
                        const std::string& stale_trace = {});

// Stops the connector, forgets its offsets, does `once_stopped`, removes it: a later one of the same name begins with a
// snapshot. Whatever fails leaves a connector that the same call goes on with. (A Connect that cannot stop connectors
// removes it first.) Returns what this Connect is too old for, in words; empty: nothing.
std::string remove_with_offsets(
    Client& client, const std::string& name, const Patience& patience,
    const std::function<void()>& once_stopped = [] {});

}  // namespace pintail::connect
