// Slots and publications at the source: taking them away.
#pragma once

#include <chrono>
#include <string>

#include "postgres/connection.hpp"

namespace pintail::postgres {

// Waits for the slot's reader to let go of it, then drops it; false: there was none. Throws SqlError (55006) when the
// reader is still there after `patience`.
bool drop_slot(Connection& connection, const std::string& slot, std::chrono::milliseconds patience);

// false: there was none.
bool drop_publication(Connection& connection, const std::string& publication);

}  // namespace pintail::postgres
