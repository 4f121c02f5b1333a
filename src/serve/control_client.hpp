// Asks the pintail that owns a target, over its control socket. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "serve/query.hpp"
#include "serve/socket_address.hpp"

namespace pintail::serve {

class ControlClient {
public:
    // nullopt: nobody listens, so the file itself may be opened. Error(destination): the socket may not be used.
    static std::optional<ControlClient> find(const std::string& target_path);

    // The JSON that the status handler gave. Error(destination) when the process does not answer within seconds.
    std::string status() const;

    // Replays the answer to `sink`; errors of the other side come as the Error that was thrown there.
    void query(const QueryRequest& request, ResultSink& sink) const;

    // One of the server's tasks. Error(usage): it has none of this name.
    void run(const std::string& task, const std::string& request, ResultSink& sink) const;

    const std::string& path() const { return address_->path(); }

private:
    void post(const std::string& path, const std::string& body, ResultSink& sink) const;
    explicit ControlClient(std::unique_ptr<SocketAddress> address) : address_(std::move(address)) {}

    std::unique_ptr<SocketAddress> address_;
};

}  // namespace pintail::serve
