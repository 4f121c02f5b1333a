// The one exception type of pintail.
//
// Thrown once, logged once: caught in main() or by the pipeline's supervisor. C libraries' return codes become an
// Error only inside their RAII wrapper (postgres/, kafka/, duck/). A message names the thing, the place and the way
// out; it never holds cell values or secrets.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace pintail {

enum class ErrorKind {
    usage,        // the command line is wrong: exit 2
    config,       // a setting is missing or malformed: exit 2
    source,       // Postgres, Kafka or Connect refused or went away
    destination,  // the target cannot be opened, written or locked
    data,         // a message or value cannot be decoded or does not fit
    schema,       // a table's shape contradicts what is stored
    internal      // a broken promise inside pintail
};

const char* to_string(ErrorKind kind);

class Error : public std::runtime_error {
public:
    // `transient` says that the same call may succeed later without anybody's help (server away, lock held).
    Error(ErrorKind kind, const std::string& what, bool transient = false)
        : std::runtime_error(what), kind_(kind), transient_(transient) {}

    ErrorKind kind() const { return kind_; }
    bool transient() const { return transient_; }

    // The same error with "context: " in front, to add table, column or position while it travels up.
    Error in(const std::string& context) const { return Error(kind_, context + ": " + what(), transient_); }

private:
    ErrorKind kind_;
    bool transient_;
};

// What waited was given up since somebody asked to stop (Source::interrupt()): no failure.
class Interrupted : public Error {
public:
    Interrupted() : Error(ErrorKind::source, "interrupted") {}
};

}  // namespace pintail
