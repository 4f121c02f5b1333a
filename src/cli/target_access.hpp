// A target to ask: through the pintail that writes it when one runs, else the file itself, read-only.
#pragma once

#include <optional>
#include <string>

#include "config/settings.hpp"
#include "duck/target_options.hpp"
#include "serve/control_client.hpp"
#include "serve/query.hpp"

namespace pintail::cli {

class TargetAccess {
public:
    // Finds out who is to be asked. Error(destination): there is no such file, or another program has it locked.
    explicit TargetAccess(const config::Settings& settings);

    bool live() const { return client_.has_value(); }
    std::string status() const;  // see status_report.hpp
    void query(const serve::QueryRequest& request, serve::ResultSink& sink) const;
    // Has the running pintail do one of its tasks; live() only.
    void run(const std::string& task, const std::string& request, serve::ResultSink& sink) const {
        client_->run(task, request, sink);
    }

private:
    duck::TargetOptions options_;
    std::optional<serve::ControlClient> client_;
};

}  // namespace pintail::cli
