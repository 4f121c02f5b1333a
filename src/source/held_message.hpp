// A message's bytes, kept beyond the record they came in.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/batch.hpp"
#include "wire/message.hpp"

namespace pintail::source {

class HeldMessage : public wire::HeaderLookup {
public:
    // Keeps the two key-change headers only: no other header decides anything.
    explicit HeldMessage(const wire::Message& message);
    explicit HeldMessage(const QuarantinedMessage& message);

    // Borrowed from this object.
    wire::Message view() const;
    std::optional<std::string_view> find(std::string_view name) const override;
    // As QuarantinedMessage has them.
    std::string headers_json() const;

private:
    std::string topic_;
    std::optional<std::string> key_;
    std::optional<std::string> value_;
    std::vector<std::pair<std::string, std::string>> headers_;
    wire::Message scalars_;  // partition, offset, timestamp
};

}  // namespace pintail::source
