// Which messages of pintail.quarantine a command means. A plain struct.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pintail::duck {

// Several conditions narrow it down.
struct QuarantineSelection {
    std::vector<int64_t> ids;  // empty: any
    std::string table;         // "schema.table" of the source; empty: any
    std::string topic;         // empty: any
    bool whole_keys = false;   // and all others of their keys
    // If one of such a topic is meant, all of it are: their tables are not followed, and wait as a whole.
    std::vector<std::string> whole_topics;
};

}  // namespace pintail::duck
