// Both ends of a task's answer (serve::TaskHandler): JSON texts, one per row, handed on as they come.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "serve/query.hpp"

namespace pintail::cli {

inline void tell_event(serve::ResultSink& sink, const nlohmann::json& event) {
    const std::string text = event.dump();
    sink.row(std::vector<serve::Cell>{text});
    sink.flush();
}

class JsonEvents : public serve::ResultSink {
public:
    explicit JsonEvents(std::function<void(const nlohmann::json&)> take) : take_(std::move(take)) {}

    void columns(const std::vector<serve::ResultColumn>&) override {}
    bool row(std::span<const serve::Cell> cells) override {
        take_(nlohmann::json::parse(cells[0].value()));
        return true;
    }
    void finish(const serve::ResultEnd&) override {}

private:
    std::function<void(const nlohmann::json&)> take_;
};

}  // namespace pintail::cli
