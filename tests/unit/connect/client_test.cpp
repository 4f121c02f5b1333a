// The client against a small HTTP server that answers as Kafka Connect 3.9.2 and 4.3.1 do (recorded shapes).
#include "connect/client.hpp"

#include <gmock/gmock.h>
#include <httplib.h>

#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/error.hpp"

namespace pintail::connect {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Answer {
    int status = 200;
    std::string body;
};

constexpr const char* kRunning =
    R"json({"name":"c","connector":{"state":"RUNNING","worker_id":"w:1","version":"3.7.0.Final"},
    "tasks":[{"id":0,"state":"RUNNING","worker_id":"w:1","version":"3.7.0.Final"}],"type":"source"})json";
constexpr const char* kNoTask =
    R"json({"name":"c","connector":{"state":"RUNNING","worker_id":"w:1"},"tasks":[],"type":"source"})json";
constexpr const char* kStopped =
    R"json({"name":"c","connector":{"state":"STOPPED","worker_id":"w:1"},"tasks":[],"type":"source"})json";
constexpr const char* kFailed =
    R"json({"name":"c","connector":{"state":"RUNNING","worker_id":"w:1"},"tasks":[{"id":0,"state":"FAILED","worker_id":"w:1",
    "trace":"DebeziumException: no\n\tat x\nCaused by: PSQLException: FATAL: password authentication failed for user \"u\""}],"type":"source"})json";
constexpr const char* kRebalance =
    R"json({"error_code":409,"message":"Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)"})json";

// Answers each "METHOD /path" from its own queue; the last answer of a queue stays.
class FakeConnect {
public:
    FakeConnect() {
        const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
            answer(request, response);
        };
        server_.Get(".*", handler).Put(".*", handler).Post(".*", handler).Delete(".*", handler);
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) std::this_thread::yield();
    }
    ~FakeConnect() {
        server_.stop();
        thread_.join();
    }

    void on(const std::string& request, std::deque<Answer> answers) { answers_[request] = std::move(answers); }
    std::string url(const std::string& login = {}) const {
        return "http://" + login + "127.0.0.1:" + std::to_string(port_);
    }

    std::vector<std::string> requests() {
        std::lock_guard lock(mutex_);
        return requests_;
    }
    std::string last_body() {
        std::lock_guard lock(mutex_);
        return body_;
    }
    std::string last_authorization() {
        std::lock_guard lock(mutex_);
        return authorization_;
    }

private:
    void answer(const httplib::Request& request, httplib::Response& response) {
        std::lock_guard lock(mutex_);
        const auto line = request.method + " " + request.target;
        requests_.push_back(line);
        body_ = request.body;
        authorization_ = request.get_header_value("Authorization");
        auto& queue = answers_[line];
        const Answer answer =
            queue.empty() ? Answer{404, R"json({"error_code":404,"message":"HTTP 404 Not Found"})json"} : queue.front();
        if (queue.size() > 1) queue.pop_front();
        response.status = answer.status;
        response.set_content(answer.body, "application/json");
    }

    httplib::Server server_;
    std::thread thread_;
    int port_ = 0;
    std::mutex mutex_;
    std::map<std::string, std::deque<Answer>> answers_;
    std::vector<std::string> requests_;
    std::string body_;
    std::string authorization_;
};

constexpr Patience kShort{std::chrono::milliseconds(2000), std::chrono::milliseconds(1), std::chrono::milliseconds(5)};

std::string refusal(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Client, ReadsVersionsAndNames) {
    FakeConnect connect;
    connect.on(
        "GET /",
        {{200,
          R"json({"version":"4.3.1","commit":"26b251a451ce941d","kafka_cluster_id":"HPdAhxqESOm2NgYS4PvhHA"})json"}});
    connect.on("GET /connectors", {{200, R"json(["b","a"])json"}});
    connect.on(
        "GET /connector-plugins",
        {{200,
          R"json([{"class":"io.debezium.connector.postgresql.PostgresConnector","type":"source","version":"2.6.2.Final"}])json"}});
    Client client(connect.url());
    EXPECT_EQ(client.worker_version(), "4.3.1");
    EXPECT_THAT(client.names(), ElementsAre("a", "b"));
    EXPECT_EQ(client.plugin_version("io.debezium.connector.postgresql.PostgresConnector"), "2.6.2.Final");
    EXPECT_FALSE(client.plugin_version("other"));
}

TEST(Client, ListsConnectorsWithTheirPropertiesAndStates) {
    FakeConnect connect;
    connect.on(
        "GET /connectors?expand=status&expand=info",
        {{200,
          std::string(R"json({"c":{"status":)json") + kFailed +
              R"json(,"info":{"name":"c","config":{"slot.name":"s"},"tasks":[{"connector":"c","task":0}],"type":"source"}}})json"}});
    Client client(connect.url());
    const auto all = client.connectors();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].properties.at("slot.name"), "s");
    EXPECT_EQ(all[0].status.state, "RUNNING");
    EXPECT_EQ(all[0].status.worker, "w:1");
    EXPECT_TRUE(all[0].status.failed());
}

TEST(Client, UnknownConnectorsHaveNoStatus) {
    FakeConnect connect;
    connect.on("GET /connectors/nobody/status",
               {{404, R"json({"error_code":404,"message":"No status found for connector nobody"})json"}});
    Client client(connect.url());
    EXPECT_FALSE(client.status("nobody"));
    EXPECT_FALSE(client.properties("nobody"));
}

TEST(Client, PutsPropertiesUnderAnEscapedName) {
    FakeConnect connect;
    connect.on("PUT /connectors/a%2Fb%20c/config", {{201, "{}"}});
    Client client(connect.url());
    client.put("a/b c", {{"k", "v"}});
    EXPECT_EQ(nlohmann::json::parse(connect.last_body()), nlohmann::json({{"k", "v"}}));
}

TEST(Client, WaitsForARebalanceToEnd) {
    FakeConnect connect;
    connect.on("PUT /connectors/c/config", {{409, kRebalance}, {409, kRebalance}, {200, "{}"}});
    Client client(connect.url());
    client.put("c", {});
    EXPECT_EQ(connect.requests().size(), 3u);
}

TEST(Client, SendsTheLoginAndNeverShowsIt) {
    FakeConnect connect;
    connect.on("GET /", {{401, "unauthorized"}});
    Client client(connect.url("me:hunter2@"));
    EXPECT_THAT(refusal([&] { client.worker_version(); }), AllOf(HasSubstr("401"), Not(HasSubstr("hunter2"))));
    EXPECT_EQ(connect.last_authorization(), "Basic bWU6aHVudGVyMg==");
}

TEST(Client, PassesARefusalOnWithTheWayOut) {
    FakeConnect connect;
    connect.on(
        "PUT /connectors/c/config",
        {{400,
          R"json({"error_code":400,"message":"Connector configuration is invalid and contains the following 1 error(s):\nError while validating connector config: FATAL: password authentication failed for user \"postgres\"\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`"})json"}});
    Client client(connect.url());
    EXPECT_THAT(
        refusal([&] { client.put("c", {}); }),
        AllOf(HasSubstr("Kafka Connect refuses (400)"), HasSubstr("authentication failed"), HasSubstr(".credentials")));
}

TEST(Client, SaysWhenNobodyAnswers) {
    int port = 0;
    { port = std::stoi(FakeConnect().url().substr(17)); }
    Client client("http://me:hunter2@127.0.0.1:" + std::to_string(port));
    const auto text = refusal([&] { client.names(); });
    EXPECT_THAT(text,
                AllOf(HasSubstr("127.0.0.1:" + std::to_string(port)), HasSubstr("does not answer (connection refused"),
                      HasSubstr("make stack-status"), Not(HasSubstr("hunter2"))));
}

TEST(Client, SaysWhenSomebodyElseAnswers) {
    FakeConnect connect;
    connect.on("GET /connectors", {{200, "<html>hello</html>"}});
    Client client(connect.url());
    EXPECT_THAT(refusal([&] { client.names(); }), HasSubstr("is not Kafka Connect"));
}

TEST(WaitUntilRunning, WaitsForTheConnectorAndItsTask) {
    FakeConnect connect;
    connect.on("GET /connectors/c/status", {{404, "{}"}, {200, kNoTask}, {200, kRunning}});
    Client client(connect.url());
    wait_until_running(client, "c", kShort);
    EXPECT_GE(connect.requests().size(), 4u) << "running once is not running";
}

TEST(WaitUntilRunning, AFailureComesWithItsCause) {
    FakeConnect connect;
    connect.on("GET /connectors/c/status", {{200, kRunning}, {200, kFailed}});
    Client client(connect.url());
    Patience patience = kShort;
    patience.settle = std::chrono::milliseconds(1000);
    EXPECT_THAT(refusal([&] { wait_until_running(client, "c", patience); }),
                AllOf(HasSubstr("connector c failed"), HasSubstr("Caused by: PSQLException"),
                      HasSubstr("POSTGRES_PASSWORD"), Not(HasSubstr("\tat x"))));
}

TEST(WaitUntilRunning, AnOldFailureIsOldNews) {
    FakeConnect connect;
    connect.on("GET /connectors/c/status", {{200, kFailed}, {200, kFailed}, {200, kRunning}});
    Client client(connect.url());
    const auto stale = client.status("c")->tasks[0].trace;
    Patience patience = kShort;
    patience.settle = std::chrono::milliseconds(200);
    wait_until_running(client, "c", patience, stale);
}

TEST(WaitUntilRunning, AFailureThatStaysIsReported) {
    FakeConnect connect;
    connect.on("GET /connectors/c/status", {{200, kFailed}});
    Client client(connect.url());
    const auto stale = client.status("c")->tasks[0].trace;
    EXPECT_THAT(refusal([&] { wait_until_running(client, "c", kShort, stale); }), HasSubstr("connector c failed"));
}

TEST(WaitUntilRunning, GivesUpInWords) {
    FakeConnect connect;
    connect.on("GET /connectors/c/status", {{200, kNoTask}});
    Client client(connect.url());
    Patience patience = kShort;
    patience.timeout = std::chrono::milliseconds(20);
    EXPECT_THAT(refusal([&] { wait_until_running(client, "c", patience); }),
                HasSubstr("the connector is RUNNING, without a task"));
}

TEST(RemoveWithOffsets, StopsThenForgetsThenDeletes) {
    FakeConnect connect;
    connect.on("PUT /connectors/c/stop", {{204, ""}});
    connect.on("GET /connectors/c/status", {{200, kRunning}, {200, kStopped}});
    connect.on("DELETE /connectors/c/offsets",
               {{200, R"json({"message":"The offsets for this connector have been reset successfully"})json"}});
    connect.on("DELETE /connectors/c", {{204, ""}});
    Client client(connect.url());
    EXPECT_EQ(remove_with_offsets(client, "c", kShort), "");
    EXPECT_THAT(connect.requests(),
                ElementsAre("PUT /connectors/c/stop", "GET /connectors/c/status", "GET /connectors/c/status",
                            "DELETE /connectors/c/offsets", "DELETE /connectors/c"));
}

// So that the connector is still there to be deleted again.
TEST(RemoveWithOffsets, DeletesNothingWhenTheStepBeforeItFails) {
    FakeConnect connect;
    connect.on("PUT /connectors/c/stop", {{204, ""}});
    connect.on("GET /connectors/c/status", {{200, kStopped}});
    connect.on("DELETE /connectors/c/offsets",
               {{200, R"json({"message":"The offsets for this connector have been reset successfully"})json"}});
    Client client(connect.url());
    EXPECT_THROW(remove_with_offsets(client, "c", kShort, [] { throw Error(ErrorKind::source, "no"); }), Error);
    EXPECT_THAT(connect.requests(),
                ElementsAre("PUT /connectors/c/stop", "GET /connectors/c/status", "DELETE /connectors/c/offsets"));
}

TEST(RemoveWithOffsets, SaysWhatAnOldConnectCannot) {
    FakeConnect connect;
    connect.on("DELETE /connectors/c", {{204, ""}});
    Client client(connect.url());
    std::vector<std::string> before_the_step;
    EXPECT_THAT(remove_with_offsets(client, "c", kShort, [&] { before_the_step = connect.requests(); }),
                HasSubstr("before 3.5"));
    EXPECT_THAT(before_the_step, ElementsAre("PUT /connectors/c/stop", "DELETE /connectors/c"));
}

}  // namespace
}  // namespace pintail::connect
