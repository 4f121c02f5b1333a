#include "cli/sink_command.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/forget_command.hpp"
#include "cli/live_target.hpp"
#include "cli/quarantine_work.hpp"
#include "cli/resync_task.hpp"
#include "cli/setting_flags.hpp"
#include "cli/sink_options.hpp"
#include "cli/stop_signal.hpp"
#include "cli/terminal_log.hpp"
#include "cli/type_changes.hpp"
#include "cli/verify_task.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"
#include "kafka/consumer.hpp"
#include "log/log.hpp"
#include "pipeline/pipeline.hpp"
#include "source/kafka_source.hpp"

namespace pintail::cli {
namespace {

constexpr std::chrono::seconds kBrokerPatience{10};
constexpr std::chrono::milliseconds kEndPatience{20};  // at the end a finite run asks a few times, not for months

struct SinkFlags {
    SettingFlags settings;
    std::vector<std::string> reset_topics;
};

source::KafkaSourceOptions source_options(const config::Settings& settings, const SinkFlags& flags) {
    source::KafkaSourceOptions options;
    options.consumer.brokers = fmt::format("{}", fmt::join(settings.brokers, ","));
    options.consumer.group = settings.group;
    options.topics = source::TopicPattern(fmt::format("{}", fmt::join(settings.topics, ",")));
    options.assembler = assembler_options(settings);
    options.limits = {settings.batch.rows, settings.batch.bytes, settings.batch.age};
    options.until_end = settings.until.has_value();
    if (options.until_end) options.consumer.fetch_wait = kEndPatience;
    options.reset_topics = {flags.reset_topics.begin(), flags.reset_topics.end()};
    return options;
}

void refuse_what_a_sink_cannot_do(const config::Settings& settings) {
    if (settings.until && !std::holds_alternative<config::UntilMark>(*settings.until)) {
        throw Error(ErrorKind::usage, "--until: topics end at an offset, not at an LSN; use --until end");
    }
}

// Brokers that were there in an earlier run are waited for from the start; a finite run, or the first one with an
// address that may be wrong, says at once that they are away.
pipeline::PipelineOptions pipeline_options(const config::Settings& settings, Destination& destination,
                                           pipeline::Interludes& interludes) {
    pipeline::PipelineOptions options;
    options.interludes = &interludes;
    const bool loaded_before = std::holds_alternative<KafkaPosition>(destination.recover().position);
    if (loaded_before && !settings.until) options.patience = pipeline::Patience::always;
    return options;
}

std::string summary(const pipeline::ProgressReport& report) {
    const auto elapsed = std::chrono::duration<double>(std::chrono::system_clock::now() - report.started).count();
    return fmt::format("{} in {} ({:.0f} per second), {} quarantined", counted(report.rows, "change"),
                       counted(report.batches, "batch", "es"), report.rows / std::max(elapsed, 1e-3),
                       report.quarantined);
}

void run_sink(const SinkFlags& flags) {
    const config::Settings settings = flags.settings.load().settings;
    set_log_level(settings.log_level);
    refuse_what_a_sink_cannot_do(settings);
    const auto& stop = stop_on_signal();
    const source::KafkaSourceOptions options = source_options(settings, flags);
    // A refusal leaves no empty target behind.
    if (!std::filesystem::exists(settings.target)) kafka::Consumer(options.consumer).topics(kBrokerPatience);
    pipeline::Interludes interludes;
    LiveTarget target(settings, type_changes_of_sink(settings), [&](const OpenReader&) {
        return Tasks{{"quarantine", quarantine_task(interludes, options.assembler)},
                     {"forget", refuse_forget_of_topics},
                     {"resync", refuse_resync_of_topics},
                     {"verify", refuse_verify_of_topics}};
    });
    log::info("sink: topics {} at {} → {}", options.topics.text(), options.consumer.brokers, settings.target);
    std::atomic<bool> reset_stored{false};
    const auto make_source = [&] {
        source::KafkaSourceOptions again = options;
        // Once is enough: after a reconnection the new position counts, as soon as it is stored.
        if (reset_stored) again.reset_topics.clear();
        again.reset_stored = [&reset_stored] { reset_stored = true; };
        return std::make_unique<source::KafkaSource>(std::move(again));
    };
    // A policy that may have a way for tables which another one could only put into quarantine.
    if (type_changes_of_sink(settings) != duck::TypeChanges::quarantine)
        follow_tables_again(target.destination(), options.assembler);
    run_pipeline(make_source, target.destination(), pipeline_options(settings, target.destination(), interludes),
                 target.progress(), stop);
    log::info("{}: {}", stop ? "stopped" : "reached the end", summary(target.progress().report()));
}

}  // namespace

CLI::App* add_sink_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command = parent.add_subcommand("sink", "Load Debezium topics from Kafka into a DuckDB file");
    SinkFlags flags{SettingFlags(*command, {"brokers",
                                            "topics",
                                            "target",
                                            "group",
                                            "until",
                                            "source",
                                            "infer",
                                            "tables",
                                            "exclude",
                                            "columns",
                                            "mode",
                                            "table_mode",
                                            "on_error",
                                            "on_drop_column",
                                            "on_type_change",
                                            "batch.rows",
                                            "batch.bytes",
                                            "batch.age",
                                            "decimal_handling",
                                            "memory_limit",
                                            "log_level"}),
                    {}};
    auto shared = std::make_shared<SinkFlags>(std::move(flags));
    command
        ->add_option("--reset-topic", shared->reset_topics,
                     "Forget the stored position of this topic and read it from the beginning (repeatable)")
        ->type_name("TOPIC");
    command->callback([&chosen, shared] { chosen = [shared] { run_sink(*shared); }; });
    return command;
}

}  // namespace pintail::cli
