// The control socket of a process that owns a target: HTTP on `<target>.sock`, for its owner only (mode 0600).
//
//   GET  /status                                        → the status handler's JSON
//   POST /query  {"sql":"…"}                            → lines, see result_lines.hpp; limits as in docs/query.md
//   POST /<task> JSON of the task's own                 → the same lines, one JSON text per row
//   anything that goes wrong before the answer begins   → 4xx/5xx
//   {"error":{"kind":"…","message":"…","transient":false}}
//
// Threads of its own; handlers are called on them, several at once. Make it after the target was opened: DuckDB's
// lock on the file is what keeps two servers of one target apart.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "serve/query.hpp"

namespace pintail::serve {

struct ControlHandlers {
    std::function<std::string()> status;
    QueryHandler query;
    std::map<std::string, TaskHandler> tasks = {};  // by name
};

class ControlServer {
public:
    // Listens when it returns. The socket of a dead process is replaced; Error(destination) when a live one holds it,
    // when the path is no socket, or when the file system has no sockets.
    ControlServer(const std::string& target_path, ControlHandlers handlers);
    // Stops running queries, waits for them and for open connections (a second or two), removes the socket.
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    const std::string& path() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// Queries and tasks that one server runs at a time; more are told to come again.
inline constexpr int kMostQueries = 6;
// A request bigger than this is refused.
inline constexpr size_t kMostRequestBytes = 4 << 20;

}  // namespace pintail::serve
