#include "postgres/sessions.hpp"

namespace pintail::postgres {

std::shared_ptr<void> Sessions::enter(const std::shared_ptr<Sessions>& sessions, const Connection& connection) {
    const std::lock_guard lock(sessions->mutex_);
    const auto entered =
        sessions->sessions_.insert(sessions->sessions_.end(), {connection.server_pid(), Interrupter(connection)});
    return {&*entered, [sessions, entered](void*) {
                const std::lock_guard leaving(sessions->mutex_);
                sessions->sessions_.erase(entered);
            }};
}

std::vector<int> Sessions::pids() const {
    const std::lock_guard lock(mutex_);
    std::vector<int> pids;
    for (const Session& session : sessions_) pids.push_back(session.pid);
    return pids;
}

void Sessions::interrupt() const {
    const std::lock_guard lock(mutex_);
    for (const Session& session : sessions_) session.interrupter.interrupt();
}

}  // namespace pintail::postgres
