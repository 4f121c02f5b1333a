// Server and client over a real socket, with handlers of the test's own.
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <latch>

#include "collected_result.hpp"
#include "core/error.hpp"
#include "serve/control_client.hpp"
#include "serve/control_server.hpp"
#include "temporary_folder.hpp"

namespace pintail::serve {
namespace {

using std::chrono::milliseconds;

// Answers "count N" with N rows, "wait" by waiting for the stop, "fail" with an error.
void small_language(const QueryRequest& request, ResultSink& sink, std::stop_token stop) {
    if (request.sql == "fail") throw Error(ErrorKind::usage, "no such thing");
    if (request.sql == "wait") {
        while (!stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
        throw Error(ErrorKind::destination, "INTERRUPT");
    }
    sink.columns({{"n", "INTEGER"}});
    const uint64_t rows = std::stoull(request.sql.substr(6));
    for (uint64_t n = 0; n < rows; ++n) {
        const std::string text = std::to_string(n);
        if (!sink.row(std::vector<Cell>{text})) return;
    }
    sink.finish({rows, false});
}

struct ControlSocket : testing::Test {
    std::unique_ptr<ControlServer> serve(QueryHandler handler = small_language) {
        return std::make_unique<ControlServer>(
            target, ControlHandlers{[] { return R"({"state":"running"})"; }, std::move(handler)});
    }
    httplib::Client raw() const {
        httplib::Client http(target + ".sock", 1);
        http.set_address_family(AF_UNIX);
        http.set_read_timeout(30, 0);
        return http;
    }
    std::string error_of(const QueryRequest& request) const {
        CollectedResult result;
        try {
            ControlClient::find(target)->query(request, result);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }

    TemporaryFolder folder;
    std::string target = folder / "shop.duckdb";
};

TEST_F(ControlSocket, AnswersStatusAndQueries) {
    const auto server = serve();
    const auto client = ControlClient::find(target);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->status(), R"({"state":"running"})");
    CollectedResult result;
    client->query({"count 100000"}, result);
    ASSERT_EQ(result.rows.size(), 100000u);
    EXPECT_EQ(result.rows.back().at(0), "99999");
    EXPECT_EQ(result.end->rows, 100000u);
}

TEST_F(ControlSocket, RunsTasksByName) {
    const auto echo = [](const std::string& request, ResultSink& sink, std::stop_token) {
        if (request == "bad") throw Error(ErrorKind::usage, "no such thing");
        sink.columns({{"event", "JSON"}});
        sink.row(std::vector<Cell>{request});
        sink.finish({});
    };
    const ControlServer server(target, ControlHandlers{[] { return "{}"; }, small_language, {{"echo", echo}}});
    const auto client = ControlClient::find(target);
    CollectedResult result;
    client->run("echo", R"({"tables":[]})", result);
    ASSERT_EQ(result.rows.size(), 1u);
    EXPECT_EQ(result.rows[0].at(0), R"({"tables":[]})");
    EXPECT_THROW(client->run("echo", "bad", result), Error);
    try {
        client->run("nothing", "{}", result);
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("POST /query, POST /echo"), std::string::npos) << error.what();
    }
}

TEST_F(ControlSocket, AFlushedRowIsSeenWhileTheTaskGoesOn) {
    std::promise<void> seen;
    const auto task = [answer = seen.get_future().share()](const std::string&, ResultSink& sink, std::stop_token) {
        sink.columns({{"event", "JSON"}});
        sink.row(std::vector<Cell>{"{}"});
        sink.flush();
        if (answer.wait_for(std::chrono::seconds(30)) != std::future_status::ready)
            throw Error(ErrorKind::internal, "nobody saw the row");
        sink.finish({});
    };
    struct Tell : CollectedResult {
        explicit Tell(std::promise<void>& promise) : told(promise) {}
        bool row(std::span<const Cell> cells) override {
            told.set_value();
            return CollectedResult::row(cells);
        }
        std::promise<void>& told;
    };
    const ControlServer server(target, ControlHandlers{[] { return "{}"; }, small_language, {{"tell", task}}});
    Tell result(seen);
    ControlClient::find(target)->run("tell", "{}", result);
    EXPECT_EQ(result.rows.size(), 1u);
}

TEST_F(ControlSocket, IsForItsOwnerOnly) {
    const mode_t before = umask(0);
    const auto server = serve();
    umask(before);
    struct stat info {};
    ASSERT_EQ(stat((target + ".sock").c_str(), &info), 0);
    EXPECT_TRUE(S_ISSOCK(info.st_mode));
    EXPECT_EQ(info.st_mode & 0777u, 0600u);
}

TEST_F(ControlSocket, IsGoneAfterTheServer) {
    serve().reset();
    EXPECT_FALSE(std::filesystem::exists(target + ".sock"));
    EXPECT_FALSE(ControlClient::find(target));
}

TEST_F(ControlSocket, WorksBehindAPathThatIsTooLongForTheKernel) {
    const std::string deep = folder / (std::string(90, 'a') + "/" + std::string(90, 'b'));
    std::filesystem::create_directories(deep);
    target = deep + "/shop.duckdb";
    const auto server = serve();
    EXPECT_TRUE(std::filesystem::exists(target + ".sock"));
    EXPECT_EQ(ControlClient::find(target)->status(), R"({"state":"running"})");
}

TEST_F(ControlSocket, ReplacesTheSocketOfADeadProcess) {
    const pid_t child = fork();
    if (child == 0) {
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        (target + ".sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
        _exit(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 && listen(fd, 1) == 0 ? 0
                                                                                                                : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
    ASSERT_TRUE(std::filesystem::exists(target + ".sock"));
    EXPECT_FALSE(ControlClient::find(target));
    const auto server = serve();
    EXPECT_EQ(ControlClient::find(target)->status(), R"({"state":"running"})");
}

TEST_F(ControlSocket, LeavesALiveServerAlone) {
    const auto server = serve();
    EXPECT_THROW(serve(), Error);
    EXPECT_EQ(ControlClient::find(target)->status(), R"({"state":"running"})");
}

TEST_F(ControlSocket, LeavesAFileThatIsNoSocketAlone) {
    std::ofstream(target + ".sock") << "notes";
    EXPECT_THROW(serve(), Error);
    EXPECT_TRUE(std::filesystem::is_regular_file(target + ".sock"));
}

TEST_F(ControlSocket, BringsErrorsOfTheHandler) {
    const auto server = serve();
    EXPECT_EQ(error_of({"fail"}), "no such thing");
}

TEST_F(ControlSocket, StopsAQueryAtItsTimeout) {
    const auto server = serve();
    EXPECT_EQ(error_of({"wait", 0, milliseconds(20)}),
              "stopped after 20 ms: the query's time limit (--timeout, or timeout_ms)");
}

TEST_F(ControlSocket, StopsAQueryWhoseClientWentAway) {
    std::promise<void> began;
    std::promise<void> stopped;
    const auto server = serve([&](const QueryRequest&, ResultSink& sink, std::stop_token stop) {
        sink.columns({{"n", "INTEGER"}});
        began.set_value();
        while (!stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
        stopped.set_value();
    });
    const pid_t child = fork();
    if (child == 0) {
        CollectedResult result;
        ControlClient::find(target)->query({"anything"}, result);
        _exit(0);
    }
    began.get_future().wait();
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_EQ(stopped.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
}

TEST_F(ControlSocket, StopsAnEndlessQueryWhoseSinkHasEnough) {
    const auto server = serve();
    CollectedResult result;
    result.wanted = 3;
    ControlClient::find(target)->query({"count 18446744073709551615"}, result);
    EXPECT_EQ(result.rows.size(), 3u);
}

TEST_F(ControlSocket, TellsItsClientsWhenItStops) {
    std::promise<void> began;
    auto server = serve([&](const QueryRequest&, ResultSink&, std::stop_token stop) {
        began.set_value();
        while (!stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
    });
    auto answer = std::async(std::launch::async, [&] { return error_of({"anything"}); });
    began.get_future().wait();
    server.reset();
    EXPECT_EQ(answer.get(), "pintail is stopping");
}

TEST_F(ControlSocket, StopsThoughAClientDoesNotRead) {
    auto server = serve();
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (target + ".sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    const std::string body = R"({"sql":"count 18446744073709551615"})";
    const std::string request =
        "POST /query HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    ASSERT_EQ(send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    char first = 0;
    ASSERT_EQ(recv(fd, &first, 1, 0), 1);
    server.reset();  // would never return if the stuck write held it
    close(fd);
}

TEST_F(ControlSocket, AnswersStatusWhileAllQueriesRunAndRefusesMore) {
    std::latch began(kMostQueries);
    const auto server = serve([&](const QueryRequest&, ResultSink&, std::stop_token stop) {
        began.count_down();
        while (!stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
    });
    std::vector<std::future<std::string>> answers;
    for (int i = 0; i < kMostQueries; ++i)
        answers.push_back(std::async(std::launch::async, [&] {
            return error_of({"anything", 0, milliseconds(1500)});
        }));
    began.wait();
    EXPECT_EQ(ControlClient::find(target)->status(), R"({"state":"running"})");
    EXPECT_EQ(error_of({"one too many"}), "6 queries are running already: try again later");
    for (auto& answer : answers)
        EXPECT_EQ(answer.get(), "stopped after 1500 ms: the query's time limit (--timeout, or timeout_ms)");
}

TEST_F(ControlSocket, RefusesWhatIsNoQuery) {
    const auto server = serve();
    for (const std::string body : {"", "{", "[]", "null", "{}", R"({"sql":7})", R"({"sql":"count 1","max_rows":-1})",
                                   R"({"sql":"count 1","timeout_ms":"soon"})", "\xff\xfe"}) {
        const auto result = raw().Post("/query", body, "application/json");
        ASSERT_TRUE(result) << body;
        EXPECT_EQ(result->status, 400) << body;
        EXPECT_NE(result->body.find("\"error\""), std::string::npos) << result->body;
    }
}

TEST_F(ControlSocket, RefusesPathsItDoesNotKnow) {
    const auto server = serve();
    for (const char* path : {"/", "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/status/../../etc/passwd", "/query"}) {
        const auto result = raw().Get(path);
        ASSERT_TRUE(result) << path;
        EXPECT_EQ(result->status, 404) << path;
        EXPECT_EQ(result->body.find("root:"), std::string::npos);
    }
}

TEST_F(ControlSocket, RefusesAHugeRequest) {
    const auto server = serve();
    const std::string message = error_of({std::string(kMostRequestBytes + 1, 'x')});
    EXPECT_EQ(message, "the request is longer than 4194304 bytes");
    EXPECT_EQ(ControlClient::find(target)->status(), R"({"state":"running"})");
}

TEST_F(ControlSocket, SurvivesBytesThatAreNoHttp) {
    const auto server = serve();
    for (const std::string& junk : {std::string(100000, 'A'), std::string("\0\r\n\r\n", 5), std::string("GET\r\n\r\n"),
                                    std::string("POST /query HTTP/1.1\r\nContent-Length: -5\r\n\r\n")}) {
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        (target + ".sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
        ASSERT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        send(fd, junk.data(), junk.size(), MSG_NOSIGNAL);
        close(fd);
    }
    EXPECT_EQ(ControlClient::find(target)->status(), R"({"state":"running"})");
}

TEST_F(ControlSocket, CarriesAHugeCell) {
    const std::string huge(20 << 20, 'z');
    const auto server = serve([&](const QueryRequest&, ResultSink& sink, std::stop_token) {
        sink.columns({{"text", "VARCHAR"}});
        sink.row(std::vector<Cell>{huge});
        sink.finish({1, false});
    });
    CollectedResult result;
    ControlClient::find(target)->query({"anything"}, result);
    EXPECT_TRUE(result.rows.at(0).at(0) == huge);
}

}  // namespace
}  // namespace pintail::serve
