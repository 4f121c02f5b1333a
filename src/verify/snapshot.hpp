// One side of a comparison: a database that does not change while it is read.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pintail::verify {

// As the database prints them; nullopt: NULL. Valid during the call only.
using Cells = std::vector<std::optional<std::string_view>>;

class Snapshot {
public:
    virtual ~Snapshot() = default;

    // Throws Error as the database does, and when the comparison is to be stopped.
    virtual void read(const std::string& sql, const std::function<void(const Cells&)>& on_row) = 0;
};

}  // namespace pintail::verify
