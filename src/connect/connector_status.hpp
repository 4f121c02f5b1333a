// What Kafka Connect says about a connector (GET /connectors/<name>/status).
#pragma once

#include <string>
#include <vector>

namespace pintail::connect {

struct TaskStatus {
    int id = 0;
    std::string state;   // UNASSIGNED, RUNNING, PAUSED, FAILED, RESTARTING, STOPPED, DESTROYED
    std::string worker;  // host:port
    std::string trace;   // a Java stack trace; empty unless FAILED
};

struct ConnectorStatus {
    std::string name;
    std::string state;
    std::string worker;
    std::string trace;
    std::vector<TaskStatus> tasks;

    bool running() const;  // the connector, at least one task, and all of them
    bool failed() const;   // the connector or any task
};

// What a trace or a refusal of Connect comes down to: its telling lines, what they mean, and the way out.
struct Diagnosis {
    std::string what;    // at most a few lines: the exceptions' messages, outermost first; passwords hidden
    std::string advice;  // empty: not known
};

Diagnosis diagnose(const std::string& trace);

// "what; advice", for messages.
std::string to_string(const Diagnosis& diagnosis);

// Of the connector and of each task that failed, one after the other.
std::vector<Diagnosis> diagnose_failures(const ConnectorStatus& status);

}  // namespace pintail::connect
