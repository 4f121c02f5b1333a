#include "serve/control_server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/error.hpp"
#include "serve/result_lines.hpp"
#include "serve/running_query.hpp"
#include "serve/socket_address.hpp"

namespace pintail::serve {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Workers beyond the running queries: so that status is answered while they all run.
constexpr int kWorkers = kMostQueries + 2;
// How long httplib waits for room in a client's socket before it says "not writable".
constexpr milliseconds kWriteWait{500};
constexpr milliseconds kReadWait{2000};
constexpr int kBacklog = 128;
// How often a waiting answer looks whether its client is still there, and the client hears that we are.
constexpr milliseconds kPulse{200};
constexpr milliseconds kHeartbeat{5000};
// A client that takes nothing for so long (a pager left open) is cut off: its query keeps old row versions alive.
constexpr std::chrono::minutes kReaderPatience{5};
// A day; much more would overflow clocks.
constexpr uint64_t kLongestTimeoutMs = 86'400'000;
// How long a stopping server lets stopped queries tell their clients so.
constexpr std::chrono::seconds kFarewell{2};

void answer_error(httplib::Response& response, int status, const Error& error) {
    response.status = status;
    response.set_content(error_line(error), "application/json");
}

QueryRequest parse_request(const std::string& body) {
    const json request = json::parse(body, nullptr, false);
    if (!request.is_object() || !request.contains("sql") || !request["sql"].is_string())
        throw Error(ErrorKind::usage,
                    R"(a query is sent as JSON: {"sql": "…"}, and if wanted "max_rows", "max_bytes", "timeout_ms")");
    QueryRequest parsed{.sql = request["sql"]};
    for (const char* number : {"max_rows", "max_bytes", "timeout_ms"}) {
        if (request.contains(number) && !request[number].is_number_unsigned())
            throw Error(ErrorKind::usage, fmt::format("{} must be a whole number of 0 or more", number));
    }
    parsed.max_rows = request.value("max_rows", parsed.max_rows);
    parsed.max_bytes = request.value("max_bytes", parsed.max_bytes);
    parsed.timeout = milliseconds(
        std::min(request.value("timeout_ms", static_cast<uint64_t>(parsed.timeout.count())), kLongestTimeoutMs));
    return parsed;
}

// The answer to a query or a task on its way to one client; lives until httplib has done with the response.
class Answer {
public:
    Answer(RunningQuery::Work work, milliseconds timeout, std::atomic<int>& count, const std::atomic<bool>& stopping)
        : count_(count), stopping_(stopping), query_(std::move(work), timeout) {}
    ~Answer() {
        query_.stop(Error(ErrorKind::usage, "the client went away"));
        --count_;
    }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

    // httplib calls this again and again; false ends the connection.
    bool send_more(httplib::DataSink& sink) {
        if (stopping_) query_.stop(Error(ErrorKind::destination, "pintail is stopping", true));
        std::string bytes = query_.read(kPulse);
        if (bytes.empty() && query_.finished()) {
            sink.done();
            return true;
        }
        if (bytes.empty() && Clock::now() - last_sent_ >= kHeartbeat) bytes.push_back('\n');
        if (bytes.empty()) return has_client(sink) != Client::gone;
        return send(sink, bytes);
    }

private:
    enum class Client { ready, slow, gone };

    // is_writable() says false of a dead client at once, and of a slow one after the write timeout.
    static Client has_client(httplib::DataSink& sink) {
        const auto asked = Clock::now();
        if (sink.is_writable()) return Client::ready;
        return Clock::now() - asked < kWriteWait / 2 ? Client::gone : Client::slow;
    }

    bool send(httplib::DataSink& sink, const std::string& bytes) {
        // A piece of this size fits into a unix socket that says it is writable, so that send() does not block.
        constexpr size_t kPiece = 16 << 10;
        for (size_t at = 0; at < bytes.size(); at += kPiece) {
            if (!wait_for_room(sink)) return false;
            if (!sink.write(bytes.data() + at, std::min(kPiece, bytes.size() - at))) return false;
        }
        last_sent_ = Clock::now();
        return true;
    }

    bool wait_for_room(httplib::DataSink& sink) const {
        const auto patience = Clock::now() + kReaderPatience;
        Client client = has_client(sink);
        while (client == Client::slow && !stopping_ && Clock::now() < patience) client = has_client(sink);
        return client == Client::ready;
    }

    std::atomic<int>& count_;
    const std::atomic<bool>& stopping_;
    Clock::time_point last_sent_ = Clock::now();
    RunningQuery query_;
};

struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
};

FileIdentity identity_of(const std::string& path) {
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0) return {};
    return {info.st_dev, info.st_ino};
}

void make_way(const SocketAddress& address) {
    if (probe(address) == Listening::somebody)
        throw Error(ErrorKind::destination,
                    fmt::format("control socket {}: another pintail listens there", address.path()));
    if (unlink(address.path().c_str()) != 0 && errno != ENOENT)
        throw Error(ErrorKind::destination, fmt::format("control socket {}: {}", address.path(), std::strerror(errno)));
}

}  // namespace

struct ControlServer::Parts {
    Parts(const std::string& target_path, ControlHandlers given) : address(target_path), handlers(std::move(given)) {}

    void configure() {
        http.set_address_family(AF_UNIX);
        // Linux gives the socket's file the mode that the socket itself has when bind() makes it (unix_bind in
        // net/unix/af_unix.c), so there is no moment at which others could connect.
        http.set_socket_options([this](socket_t socket) {
            fchmod(socket, S_IRUSR | S_IWUSR);
            listening = socket;
        });
        http.new_task_queue = [] { return new httplib::ThreadPool(kWorkers); };
        http.set_keep_alive_max_count(1);
        http.set_keep_alive_timeout(1);
        http.set_read_timeout(kReadWait);
        http.set_write_timeout(kWriteWait);
        http.set_payload_max_length(kMostRequestBytes);
        http.set_error_handler(
            [this](const httplib::Request& request, httplib::Response& response) { explain(request, response); });
        http.Get("/status", [this](const httplib::Request&, httplib::Response& response) { answer_status(response); });
        http.Post("/query", [this](const httplib::Request& request, httplib::Response& response) {
            answer(response, [&](milliseconds& timeout) { return query_work(request.body, timeout); });
        });
        for (const auto& [name, handler] : handlers.tasks) {
            http.Post("/" + name,
                      [this, &task = handler](const httplib::Request& request, httplib::Response& response) {
                          answer(response, [&](milliseconds&) { return task_work(task, request.body); });
                      });
        }
    }

    // httplib answers bad requests with an empty body.
    void explain(const httplib::Request& request, httplib::Response& response) const {
        if (!response.body.empty()) return;
        const int status = response.status;
        std::string message = fmt::format("HTTP {}", status);
        if (status == 404)
            message =
                fmt::format("there is no {} {} here; there are GET /status, {}", request.method, request.path, posts());
        if (status == 413) message = fmt::format("the request is longer than {} bytes", kMostRequestBytes);
        answer_error(response, status, Error(ErrorKind::usage, message));
    }

    void answer_status(httplib::Response& response) const {
        try {
            response.set_content(handlers.status(), "application/json");
        } catch (const std::exception& error) {
            answer_error(response, 500, Error(ErrorKind::destination, error.what()));
        }
    }

    std::string posts() const {
        std::string names = "POST /query";
        for (const auto& [name, handler] : handlers.tasks) names += ", POST /" + name;
        return names;
    }

    RunningQuery::Work query_work(const std::string& body, milliseconds& timeout) const {
        QueryRequest request = parse_request(body);
        timeout = request.timeout;
        return [this, request = std::move(request)](ResultSink& sink, std::stop_token stop) {
            handlers.query(request, sink, std::move(stop));
        };
    }

    static RunningQuery::Work task_work(const TaskHandler& task, std::string body) {
        return [&task, body = std::move(body)](ResultSink& sink, std::stop_token stop) {
            task(body, sink, std::move(stop));
        };
    }

    void answer(httplib::Response& response, const std::function<RunningQuery::Work(milliseconds&)>& make_work) {
        try {
            milliseconds timeout{0};
            RunningQuery::Work work = make_work(timeout);
            if (++queries > kMostQueries) {
                --queries;
                throw Error(ErrorKind::destination,
                            fmt::format("{} queries are running already: try again later", kMostQueries), true);
            }
            const auto answer = std::make_shared<Answer>(std::move(work), timeout, queries, stopping);
            response.set_chunked_content_provider(
                "application/x-ndjson", [answer](size_t, httplib::DataSink& sink) { return answer->send_more(sink); });
        } catch (const Error& error) {
            answer_error(response, error.transient() ? 503 : 400, error);
        }
    }

    void listen() {
        make_way(address);
        errno = 0;
        // The port means nothing to a unix socket, but 0 would make httplib ask for one.
        if (!http.bind_to_port(address.bindable(), 1))
            throw Error(ErrorKind::destination,
                        fmt::format("control socket {}: cannot be made ({})", address.path(), std::strerror(errno)));
        // httplib's queue of 5 refuses a crowd of clients (EAGAIN); listen() again only makes it longer.
        ::listen(listening, kBacklog);
        made = identity_of(address.path());
        thread = std::thread([this] {
            http.listen_after_bind();
            ended = true;
        });
        while (!http.is_running() && !ended) std::this_thread::sleep_for(milliseconds(1));
    }

    void stop() {
        stopping = true;
        if (made != FileIdentity{} && identity_of(address.path()) == made) unlink(address.path().c_str());
        const auto patience = Clock::now() + kFarewell;
        while (queries > 0 && Clock::now() < patience) std::this_thread::sleep_for(milliseconds(5));
        http.stop();
        if (thread.joinable()) thread.join();
    }

    const SocketAddress address;
    const ControlHandlers handlers;
    std::atomic<int> queries = 0;
    std::atomic<bool> stopping = false;
    std::atomic<bool> ended = false;
    socket_t listening = INVALID_SOCKET;
    FileIdentity made;
    httplib::Server http;
    std::thread thread;
};

ControlServer::ControlServer(const std::string& target_path, ControlHandlers handlers)
    : parts_(std::make_unique<Parts>(target_path, std::move(handlers))) {
    parts_->configure();
    parts_->listen();
}

ControlServer::~ControlServer() {
    parts_->stop();
}

const std::string& ControlServer::path() const {
    return parts_->address.path();
}

}  // namespace pintail::serve
