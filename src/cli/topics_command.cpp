#include "cli/topics_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/output.hpp"
#include "cli/setting_flags.hpp"
#include "cli/target_access.hpp"
#include "cli/topic_lag.hpp"
#include "core/error.hpp"
#include "kafka/consumer.hpp"
#include "source/topic_pattern.hpp"

namespace pintail::cli {
namespace {

constexpr std::chrono::seconds kBrokerPatience{10};

struct TopicsFlags {
    SettingFlags settings;
    bool json = false;
};

bool is_target_given(const config::LoadedSettings& loaded) {
    return std::any_of(loaded.values.begin(), loaded.values.end(),
                       [](const config::ShownValue& value) { return value.key == "target" && !value.is_default; });
}

// nullopt: nobody named a target, and there is none of the default name.
std::optional<StoredOffsets> stored_offsets(const config::LoadedSettings& loaded) {
    // Before the first run there is no file, and that is no mistake.
    if (std::filesystem::exists(loaded.settings.target))
        return stored_offsets_of(TargetAccess(loaded.settings).status());
    return is_target_given(loaded) ? std::optional(StoredOffsets{}) : std::nullopt;
}

std::vector<PartitionLag> ask_brokers(const std::string& brokers, const source::TopicPattern& pattern,
                                      const std::optional<StoredOffsets>& stored) {
    kafka::ConsumerOptions options;
    options.brokers = brokers;
    kafka::Consumer consumer(options);
    std::vector<PartitionLag> lags;
    for (const auto& [topic, partitions] : consumer.topics(kBrokerPatience)) {
        if (!pattern.matches(topic)) continue;
        for (int32_t partition = 0; partition < partitions; ++partition)
            lags.push_back(lag_of({topic, partition}, consumer.offsets({topic, partition}, kBrokerPatience), stored));
    }
    return lags;
}

void show_topics(const TopicsFlags& flags) {
    const config::LoadedSettings loaded = flags.settings.load();
    const config::Settings& settings = loaded.settings;
    const source::TopicPattern pattern(fmt::format("{}", fmt::join(settings.topics, ",")));
    const std::string brokers = fmt::format("{}", fmt::join(settings.brokers, ","));
    const std::optional<StoredOffsets> stored = stored_offsets(loaded);
    const std::vector<PartitionLag> lags = ask_brokers(brokers, pattern, stored);
    Output output(stdout);
    if (flags.json) output.write(topics_json(brokers, lags) + "\n");
    else if (lags.empty()) output.write(fmt::format("no topic at {} matches {}\n", brokers, pattern.text()));
    else output.write(topics_text(lags));
    output.flush();
}

}  // namespace

CLI::App* add_topics_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command =
        parent.add_subcommand("topics", "List topics with their partitions, end offsets and the target's lag");
    auto flags = std::make_shared<TopicsFlags>(
        TopicsFlags{SettingFlags(*command, {"brokers", "topics", "target", "memory_limit"})});
    command->add_flag("--json", flags->json, "As JSON (docs/query.md has its fields)");
    command->callback([&chosen, flags] { chosen = [flags] { show_topics(*flags); }; });
    return command;
}

}  // namespace pintail::cli
