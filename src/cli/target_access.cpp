#include "cli/target_access.hpp"

#include <filesystem>

#include "cli/reader_query.hpp"
#include "cli/status_report.hpp"
#include "core/error.hpp"
#include "core/file_path.hpp"
#include "duck/target_reader.hpp"
#include "serve/answer_here.hpp"

namespace pintail::cli {

TargetAccess::TargetAccess(const config::Settings& settings) {
    options_.path = without_links(settings.target);
    options_.memory_limit_bytes = settings.memory_limit_bytes;
    client_ = serve::ControlClient::find(options_.path);
    if (client_) return;
    try {
        const duck::TargetReader probe(options_);
    } catch (const Error&) {
        // A pintail that has just started locks the file a moment before it listens.
        client_ = serve::ControlClient::find(options_.path);
        if (!client_) throw;
    }
}

std::string TargetAccess::status() const {
    if (client_) return client_->status();
    const std::string path = std::filesystem::absolute(options_.path).lexically_normal().string();
    return status_json({path, duck::TargetReader(options_).status(), ""}, std::nullopt);
}

void TargetAccess::query(const serve::QueryRequest& request, serve::ResultSink& sink) const {
    if (client_) return client_->query(request, sink);
    serve::answer_here(query_handler([this] { return duck::TargetReader(options_); }), request, sink);
}

}  // namespace pintail::cli
