// Slots and publications at the source: may they be taken away, and taking them away.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "postgres/connection.hpp"
#include "postgres/readiness.hpp"

namespace pintail::postgres {

struct Removal {
    std::string slot;
    std::string publication;  // empty: none
    // Of the reader that is going to be stopped first:
    bool reader_runs = false;      // so the slot must be there
    bool reader_may_hold = false;  // so the slot may be active
};

// What would keep drop_slot() and drop_publication() from doing their work. Only reads; empty: nothing.
std::vector<Finding> check_removal(Connection& connection, const Removal& removal);

// Waits for the slot's reader to let go of it, then drops it; false: there was none. Throws SqlError (55006) when the
// reader is still there after `patience`.
bool drop_slot(Connection& connection, const std::string& slot, std::chrono::milliseconds patience);

// false: there was none.
bool drop_publication(Connection& connection, const std::string& publication);

}  // namespace pintail::postgres
