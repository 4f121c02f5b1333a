#include "connect/client.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "config/postgres_url.hpp"
#include "core/error.hpp"

namespace pintail::connect {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// A worker that rebalances or starts answers so; it is over within seconds.
constexpr int kConflict = 409;
constexpr std::chrono::seconds kRebalance{30};

struct Address {
    std::string origin;  // http://host:port
    std::string path;    // "" or "/base"
    std::string user;
    std::string password;
};

Address split(const std::string& url) {
    Address address;
    const auto authority = url.find("://") + 3;
    const auto slash = std::min(url.find('/', authority), url.size());
    address.path = url.substr(slash);
    auto host = url.substr(authority, slash - authority);
    if (const auto at = host.rfind('@'); at != std::string::npos) {
        const auto login = host.substr(0, at);
        const auto colon = std::min(login.find(':'), login.size());
        address.user = config::percent_decode(login.substr(0, colon)).value_or("");
        address.password = config::percent_decode(login.substr(std::min(colon + 1, login.size()))).value_or("");
        host = host.substr(at + 1);
    }
    address.origin = url.substr(0, authority) + host;
    return address;
}

std::string text_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ConnectorStatus read_status(const Json& json) {
    ConnectorStatus status;
    status.name = text_at(json, "name");
    const auto connector = json.value("connector", Json::object());
    status.state = text_at(connector, "state");
    status.worker = text_at(connector, "worker_id");
    status.trace = text_at(connector, "trace");
    for (const auto& task : json.value("tasks", Json::array()))
        status.tasks.push_back(
            {task.value("id", 0), text_at(task, "state"), text_at(task, "worker_id"), text_at(task, "trace")});
    return status;
}

Properties read_properties(const Json& json) {
    Properties properties;
    for (const auto& [key, value] : json.items())
        properties[key] = value.is_string() ? value.get<std::string>() : value.dump();
    return properties;
}

std::string in_words(httplib::Error error) {
    switch (error) {
        case httplib::Error::Connection: return "connection refused or host unknown";
        case httplib::Error::ConnectionTimeout: return "connection timed out";
        case httplib::Error::Read: return "no answer, or it broke off";
        case httplib::Error::Write: return "the request could not be sent";
        case httplib::Error::SSLConnection: return "TLS failed";
        case httplib::Error::SSLServerVerification: return "its certificate is not trusted";
        default: return httplib::to_string(error);
    }
}

}  // namespace

struct Client::Connection {
    explicit Connection(const std::string& url)
        : shown(config::redact(url)), address(split(url)), http(address.origin) {
        if (!http.is_valid()) throw Error(ErrorKind::config, fmt::format("{} is no address of Kafka Connect", shown));
        http.set_connection_timeout(std::chrono::seconds(5));
        http.set_read_timeout(std::chrono::seconds(95));  // Connect itself gives up after 90 s and says so
        if (!address.user.empty()) http.set_basic_auth(address.user.c_str(), address.password.c_str());
    }

    struct Reply {
        int status = 0;
        Json body;
    };

    // Any but those of a worker that rebalances, which is waited for.
    Reply send(const std::string& method, const std::string& path, const std::string& body = {}) {
        const auto deadline = Clock::now() + kRebalance;
        for (;;) {
            auto reply = send_once(method, path, body);
            if (!rebalances(reply) || Clock::now() >= deadline) return reply;
            std::this_thread::sleep_for(std::chrono::milliseconds(250));
        }
    }

    // The same, with statuses other than 2xx and `also_fine` as an Error.
    Reply expect(const std::string& method, const std::string& path, const std::string& body = {},
                 std::initializer_list<int> also_fine = {}) {
        auto reply = send(method, path, body);
        if (reply.status / 100 == 2) return reply;
        for (const int status : also_fine)
            if (reply.status == status) return reply;
        refuse(reply);
    }

private:
    // Most requests answer 409 then; stopping a connector answers 500 with these words.
    static bool rebalances(const Reply& reply) {
        if (reply.status != 500 || !reply.body.is_object()) return reply.status == kConflict;
        return text_at(reply.body, "message").find("rebalance") != std::string::npos;
    }

    Reply send_once(const std::string& method, const std::string& path, const std::string& body) {
        httplib::Request request;
        request.method = method;
        request.path = address.path + path;
        request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
        request.body = body;
        const auto result = http.send(request);
        if (!result)
            throw Error(ErrorKind::source,
                        fmt::format("Kafka Connect at {} does not answer ({}): is it running? `make stack-status`",
                                    shown, in_words(result.error())),
                        true);
        return {result->status, parse(result->body, result->status)};
    }

    Json parse(const std::string& body, int status) const {
        if (body.empty()) return nullptr;
        auto json = Json::parse(body, nullptr, false);
        if (json.is_discarded() && status / 100 == 2)
            throw Error(ErrorKind::source,
                        fmt::format("what answers at {} is not Kafka Connect: check KAFKA_CONNECT_PORT and connect.url",
                                    shown));
        return json.is_discarded() ? Json(body.substr(0, 300)) : json;
    }

    [[noreturn]] void refuse(const Reply& reply) const {
        const auto words = reply.body.is_object()   ? text_at(reply.body, "message")
                           : reply.body.is_string() ? reply.body.get<std::string>()
                                                    : std::string();
        const bool transient = reply.status >= 500 || reply.status == kConflict;
        throw Error(ErrorKind::source,
                    fmt::format("Kafka Connect refuses ({}): {}", reply.status, to_string(diagnose(words))), transient);
    }

    std::string shown;
    Address address;
    httplib::Client http;
};

namespace {

std::string path_of(const std::string& name, const char* rest = "") {
    return "/connectors/" + config::percent_encode(name) + rest;
}

}  // namespace

Client::Client(const std::string& url) : connection_(std::make_unique<Connection>(url)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

std::string Client::worker_version() {
    return text_at(connection_->expect("GET", "/").body, "version");
}

std::optional<std::string> Client::plugin_version(const std::string& connector_class) {
    const auto reply = connection_->expect("GET", "/connector-plugins");
    for (const auto& plugin : reply.body)
        if (text_at(plugin, "class") == connector_class) return text_at(plugin, "version");
    return std::nullopt;
}

std::vector<std::string> Client::names() {
    const auto reply = connection_->expect("GET", "/connectors");
    std::vector<std::string> names;
    for (const auto& name : reply.body)
        if (name.is_string()) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<ConnectorInfo> Client::connectors() {
    const auto reply = connection_->expect("GET", "/connectors?expand=status&expand=info");
    std::map<std::string, ConnectorInfo> by_name;
    for (const auto& [name, json] : reply.body.items()) {
        const auto info = json.value("info", Json::object());
        auto status = read_status(json.value("status", Json::object()));
        status.name = name;
        by_name[name] = {read_properties(info.value("config", Json::object())), std::move(status)};
    }
    std::vector<ConnectorInfo> all;
    for (auto& [name, info] : by_name) all.push_back(std::move(info));
    return all;
}

std::optional<Properties> Client::properties(const std::string& name) {
    const auto reply = connection_->expect("GET", path_of(name, "/config"), {}, {404});
    if (reply.status == 404) return std::nullopt;
    return read_properties(reply.body);
}

std::optional<ConnectorStatus> Client::status(const std::string& name) {
    const auto reply = connection_->expect("GET", path_of(name, "/status"), {}, {404});
    if (reply.status == 404) return std::nullopt;
    return read_status(reply.body);
}

void Client::put(const std::string& name, const Properties& properties) {
    connection_->expect("PUT", path_of(name, "/config"), Json(properties).dump());
}

void Client::resume_and_restart(const std::string& name) {
    connection_->expect("PUT", path_of(name, "/resume"));
    connection_->expect("POST", path_of(name, "/restart?includeTasks=true&onlyFailed=false"));
}

bool Client::stop(const std::string& name) {
    const auto reply = connection_->expect("PUT", path_of(name, "/stop"), {}, {404, 405});
    return reply.status / 100 == 2;
}

bool Client::delete_offsets(const std::string& name) {
    const auto reply = connection_->expect("DELETE", path_of(name, "/offsets"), {}, {404, 405});
    return reply.status / 100 == 2;
}

void Client::remove(const std::string& name) {
    connection_->expect("DELETE", path_of(name));
}

}  // namespace pintail::connect
