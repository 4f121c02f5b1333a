#include "source/held_message.hpp"

namespace pintail::source {

HeldMessage::HeldMessage(const wire::Message& message)
    : topic_(message.topic), key_(message.key), value_(message.value), scalars_(message) {
    for (const char* name : {"__debezium.newkey", "__debezium.oldkey"}) {
        const auto content = message.headers ? message.headers->find(name) : std::nullopt;
        if (content) headers_.emplace_back(name, *content);
    }
}

wire::Message HeldMessage::view() const {
    wire::Message message = scalars_;
    message.topic = topic_;
    message.key = key_;
    message.value = value_;
    message.headers = this;
    return message;
}

std::optional<std::string_view> HeldMessage::find(std::string_view name) const {
    for (const auto& [header, content] : headers_) {
        if (header == name) return content;
    }
    return std::nullopt;
}

}  // namespace pintail::source
