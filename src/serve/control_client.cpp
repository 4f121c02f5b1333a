#include "serve/control_client.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "serve/result_lines.hpp"

namespace pintail::serve {
namespace {

using nlohmann::json;

// Twelve heartbeats of the server: one that is silent for so long is not at work but stopped.
constexpr std::chrono::seconds kSilence{60};

class NoMorePlease : public ResultSink {
public:
    void columns(const std::vector<ResultColumn>&) override {}
    bool row(std::span<const Cell>) override { return false; }
    void finish(const ResultEnd&) override {}
};

[[noreturn]] void no_answer(const std::string& path, const std::string& why) {
    throw Error(ErrorKind::destination,
                fmt::format("control socket {}: the pintail there does not answer ({})", path, why), true);
}

// The body of a refusal is one error line.
[[noreturn]] void throw_refusal(const std::string& path, int status, const std::string& body) {
    NoMorePlease nobody;
    try {
        ResultReader(nobody).take(body);
    } catch (const json::exception&) {
    }
    no_answer(path, fmt::format("HTTP {}", status));
}

httplib::Client connect_to(const SocketAddress& address) {
    // A server that closes before it has read all must not end us silently.
    std::signal(SIGPIPE, SIG_IGN);
    httplib::Client http(address.bindable(), 1);
    http.set_address_family(AF_UNIX);
    http.set_read_timeout(kSilence);
    return http;
}

// Feeds an answer's bytes to the sink; what the sink throws must not pass through httplib.
class Receiver {
public:
    explicit Receiver(ResultSink& sink) : reader_(sink) {}

    bool take(const char* bytes, size_t size) {
        if (status_ != 200) {
            refusal_.append(bytes, size);
            return true;
        }
        try {
            return reader_.take({bytes, size});
        } catch (...) {
            failure_ = std::current_exception();
            return false;
        }
    }

    void begin(int status) { status_ = status; }

    void check(const std::string& path, httplib::Error transport) const {
        if (failure_) rethrow(path);
        if (status_ > 0 && status_ != 200) throw_refusal(path, status_, refusal_);
        if (reader_.complete()) return;
        no_answer(path, status_ == 200 ? "its answer was cut off" : httplib::to_string(transport));
    }

private:
    void rethrow(const std::string& path) const {
        try {
            std::rethrow_exception(failure_);
        } catch (const json::exception& error) {
            no_answer(path, error.what());
        }
    }

    ResultReader reader_;
    int status_ = 0;
    std::string refusal_;
    std::exception_ptr failure_;
};

std::string request_body(const QueryRequest& request) {
    const json body{{"sql", request.sql},
                    {"max_rows", request.max_rows},
                    {"max_bytes", request.max_bytes},
                    {"timeout_ms", request.timeout.count()}};
    try {
        return body.dump();
    } catch (const json::exception&) {
        throw Error(ErrorKind::usage, "the query is not valid UTF-8");
    }
}

}  // namespace

std::optional<ControlClient> ControlClient::find(const std::string& target_path) {
    auto address = std::make_unique<SocketAddress>(target_path);
    if (probe(*address) == Listening::nobody) return std::nullopt;
    return ControlClient(std::move(address));
}

std::string ControlClient::status() const {
    httplib::Client http = connect_to(*address_);
    http.set_read_timeout(10, 0);
    const auto result = http.Get("/status");
    if (!result) no_answer(path(), httplib::to_string(result.error()));
    if (result->status != 200) throw_refusal(path(), result->status, result->body);
    return result->body;
}

void ControlClient::query(const QueryRequest& query, ResultSink& sink) const {
    post("/query", request_body(query), sink);
}

void ControlClient::run(const std::string& task, const std::string& request, ResultSink& sink) const {
    post("/" + task, request, sink);
}

void ControlClient::post(const std::string& place, const std::string& body, ResultSink& sink) const {
    httplib::Client http = connect_to(*address_);
    Receiver receiver(sink);
    httplib::Request request;
    request.method = "POST";
    request.path = place;
    request.body = body;
    request.set_header("Content-Type", "application/json");
    request.response_handler = [&](const httplib::Response& response) {
        receiver.begin(response.status);
        return true;
    };
    request.content_receiver = [&](const char* bytes, size_t size, uint64_t, uint64_t) {
        return receiver.take(bytes, size);
    };
    const auto result = http.send(request);
    receiver.check(path(), result.error());
}

}  // namespace pintail::serve
