#include "source/held_message.hpp"

#include <nlohmann/json.hpp>

namespace pintail::source {

HeldMessage::HeldMessage(const wire::Message& message)
    : topic_(message.topic), key_(message.key), value_(message.value), scalars_(message) {
    for (const char* name : {"__debezium.newkey", "__debezium.oldkey"}) {
        const auto content = message.headers ? message.headers->find(name) : std::nullopt;
        if (content) headers_.emplace_back(name, *content);
    }
}

HeldMessage::HeldMessage(const QuarantinedMessage& message)
    : topic_(message.topic), key_(message.key), value_(message.value) {
    scalars_.partition = message.partition;
    scalars_.offset = message.offset;
    scalars_.timestamp_ms = message.timestamp_ms;
    for (const auto& header : nlohmann::json::parse(message.headers_json))
        headers_.emplace_back(header.at(0).get<std::string>(), header.at(1).get<std::string>());
}

std::string HeldMessage::headers_json() const {
    auto all = nlohmann::json::array();
    for (const auto& [name, value] : headers_) all.push_back({name, value});
    return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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
