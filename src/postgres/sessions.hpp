// The sessions of one task at the server: whoever asked for the task can tell what they wait for there, and end that.
// Any thread.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "postgres/connection.hpp"

namespace pintail::postgres {

class Sessions {
public:
    // The connection is one of them for as long as what is returned lives, which keeps this alive.
    static std::shared_ptr<void> enter(const std::shared_ptr<Sessions>& sessions, const Connection& connection);

    std::vector<int> pids() const;

    // What each of them runs at this moment fails with SQLSTATE 57014.
    void interrupt() const;

private:
    struct Session {
        int pid;
        Interrupter interrupter;
    };
    mutable std::mutex mutex_;
    std::list<Session> sessions_;
};

}  // namespace pintail::postgres
