#include "cli/run_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "cli/column_policies.hpp"
#include "cli/direct_options.hpp"
#include "cli/direct_target.hpp"
#include "cli/dry_run.hpp"
#include "cli/forget_command.hpp"
#include "cli/live_target.hpp"
#include "cli/quarantine_work.hpp"
#include "cli/resync_task.hpp"
#include "cli/slot_watch.hpp"
#include "cli/stop_signal.hpp"
#include "cli/terminal_log.hpp"
#include "cli/type_changes.hpp"
#include "cli/verify_task.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"
#include "duck/target_reader.hpp"
#include "log/log.hpp"
#include "pipeline/pipeline.hpp"
#include "postgres/connect_failure.hpp"
#include "postgres/sqlstate.hpp"
#include "source/ask_again.hpp"
#include "source/postgres_source.hpp"

namespace pintail::cli {
namespace {

void refuse_unready(const config::Settings& settings, const SourceObjects& objects) {
    postgres::Connection connection(source_url(settings));
    const auto problems = source::ask_again([&] { return source_problems(connection, settings, objects, true); });
    if (problems.empty()) return;
    const auto text = fmt::format("the source is not ready:\n  {}", fmt::join(postgres::lines_of(problems), "\n  "));
    if (!std::all_of(problems.begin(), problems.end(), [](const auto& one) { return one.is_right; }))
        throw Error(ErrorKind::source, text);
    throw postgres::SqlError(text, std::string(postgres::sqlstate::kInsufficientPrivilege), false);
}

// A run that has begun waits for who shut it out, or took its rights, to think better of it. Where the server has
// refused, the next try's refuse_unready() says which right is lacking.
std::optional<std::string> mended_by_somebody(const Error& problem) {
    const auto* refused = dynamic_cast<const postgres::SqlError*>(&problem);
    if (refused != nullptr && refused->is_any_of({postgres::sqlstate::kInsufficientPrivilege})) return problem.what();
    return postgres::shut_out(problem);
}

// `target`: nullptr where no file is there yet.
void refuse_target(duck::TargetReader* target, const config::Settings& settings, const SourceObjects& objects) {
    postgres::Connection connection(source_url(settings));
    const auto problems = source::ask_again([&] { return target_problems(target, connection, settings, objects); });
    if (!problems.empty()) throw Error(ErrorKind::destination, fmt::format("{}", fmt::join(problems, "\n  ")));
}

// A server that was there in an earlier run is waited for from the start; a finite run, or the first one with an
// address that may be wrong, says at once that it is away.
pipeline::PipelineOptions pipeline_options(const config::Settings& settings, Destination& destination,
                                           pipeline::Interludes& interludes, bool may_wait) {
    pipeline::PipelineOptions options;
    options.interludes = &interludes;
    options.mended_by_somebody = mended_by_somebody;
    const bool loaded_before = std::holds_alternative<PostgresPosition>(destination.recover().position);
    options.patience =
        may_wait && loaded_before && !settings.until ? pipeline::Patience::always : pipeline::Patience::once_started;
    return options;
}

source::PostgresSourceOptions source_options(const config::Settings& settings, const RunFlags& flags,
                                             const SourceObjects& objects) {
    source::PostgresSourceOptions options;
    options.url = source_url(settings);
    options.slot = objects.slot;
    options.publication = objects.publication;
    options.wants_table = wanted_tables(settings);
    options.policies = column_policies(settings);
    options.type_changes = type_change_rule(settings);
    options.limits = {settings.batch.rows, settings.batch.bytes, settings.batch.age};
    options.snapshot_jobs = *flags.snapshot_jobs;
    if (on_terminal()) options.status_line = show_below_log;
    options.spool_folder = settings.target + ".spool";
    options.spool_bytes = settings.spool_limit_bytes;
    if (settings.until) {
        options.until_current = std::holds_alternative<config::UntilMark>(*settings.until);
        if (const auto* lsn = std::get_if<Lsn>(&*settings.until)) options.until = *lsn;
    }
    return options;
}

// Does something beside a run, which then ends; an end of the run from elsewhere ends the control socket first.
class Beside {
public:
    void start(const std::function<void()>& what) {
        thread_ = std::jthread([this, what] {
            try {
                what();
            } catch (...) {
                failed_ = std::current_exception();
            }
            request_stop();
        });
    }
    void finish() {
        if (thread_.joinable()) thread_.join();
        if (failed_) std::rethrow_exception(failed_);
    }

private:
    std::exception_ptr failed_;
    std::jthread thread_;  // last: it uses the other
};

}  // namespace

RunFlags bind_run_flags(CLI::App& command, const std::vector<std::string_view>& more) {
    std::vector<std::string_view> keys = {"source",      "target",      "tables",     "exclude",
                                          "columns",     "mode",        "table_mode", "on_drop_column",
                                          "batch.rows",  "batch.bytes", "batch.age",  "memory_limit",
                                          "spool_limit", "max_wal",     "log_level",  "on_type_change"};
    keys.insert(keys.end(), more.begin(), more.end());
    RunFlags flags{SettingFlags(command, keys)};
    flags.objects->add_to(command);
    command.add_option("--snapshot-jobs", *flags.snapshot_jobs, "Connections that copy tables side by side")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    return flags;
}

void run(const config::Settings& settings, const RunFlags& flags, const std::function<void()>& beside) {
    const SourceObjects objects = flags.objects->resolved(settings);
    const auto& stop = stop_on_signal();
    auto options = source_options(settings, flags, objects);
    options.leaves_quarantine = options.leaves_out = !beside;
    // A refusal leaves no empty target behind.
    bool checked = !std::filesystem::exists(settings.target);
    if (checked) {
        refuse_unready(settings, objects);
        refuse_target(nullptr, settings, objects);
    }
    const auto requests = std::make_shared<source::SourceRequests>();
    options.requests = requests;
    pipeline::Interludes interludes;
    Beside other;
    OpenReader open_reader;
    LiveTarget target(settings, type_changes_of_run(settings), [&](const OpenReader& reader) {
        open_reader = reader;
        return Tasks{{"quarantine", quarantine_task(interludes, {})},
                     {"forget", forget_task(requests)},
                     {"resync", resync_task(requests, reader)},
                     {"verify", verify_task({options.url, objects.publication, options.policies, options.wants_table},
                                            requests, reader)}};
    });
    log::info("run: {} → {}", config::redact(settings.source), settings.target);
    bool target_checked = false;
    const auto make_source = [&] {
        if (!std::exchange(checked, false)) refuse_unready(settings, objects);
        if (!target_checked) {
            duck::TargetReader reader = open_reader();
            refuse_target(&reader, settings, objects);
            target.claim({objects.slot, beside ? "" : type_change_word(settings)});
        }
        target_checked = true;
        return std::make_unique<source::PostgresSource>(options);
    };
    SlotWatch watch({settings.source, objects.slot, begin_anew(settings, objects), settings.max_wal, options.sessions},
                    target.progress(), request_stop);
    if (beside) other.start(beside);
    run_pipeline(make_source, target.destination(),
                 pipeline_options(settings, target.destination(), interludes, !beside), target.progress(), stop);
    watch.finish();
    target.stop_answering();  // what is beside may wait for an answer that no pipeline gives any more
    other.finish();
    const auto report = target.progress().report();
    log::info("{}: {} in {}", stop ? "stopped" : "reached the end", counted(report.rows, "change"),
              counted(report.batches, "batch", "es"));
}

CLI::App* add_run_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command = parent.add_subcommand("run", "Load a Postgres database into a DuckDB file and follow it");
    auto flags = std::make_shared<RunFlags>(bind_run_flags(*command, {"until"}));
    auto dry_run = std::make_shared<bool>(false);
    command->add_flag("--dry-run", *dry_run, "Print what would be followed and what stands in the way; change nothing");
    command->callback([&chosen, flags, dry_run] {
        chosen = [flags, dry_run] {
            const config::Settings settings = flags->settings.load().settings;
            set_log_level(settings.log_level);
            if (*dry_run) print_plan(settings, flags->objects->resolved(settings));
            else run(settings, *flags);
        };
    });
    return command;
}

}  // namespace pintail::cli
