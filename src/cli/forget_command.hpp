// `pintail forget`: takes tables that are not followed any more out of the target.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "serve/query.hpp"
#include "source/source_requests.hpp"

namespace pintail::cli {

CLI::App* add_forget_command(CLI::App& parent, std::function<void()>& chosen);

// The same inside the process that writes the target. Takes {"tables":["public.orders"]}; one row for each when it is
// gone: {"event":"forgotten","table":"public.orders"}.
serve::TaskHandler forget_task(std::shared_ptr<source::SourceRequests> requests);

// A topic's records would bring the table again: Error(usage).
void refuse_forget_of_topics(const std::string& request, serve::ResultSink& sink, std::stop_token stop);

}  // namespace pintail::cli
