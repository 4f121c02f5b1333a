#include "cli/connector_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "core/error.hpp"

namespace pintail::cli {
namespace {

std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || std::filesystem::is_directory(path))
        throw Error(ErrorKind::config,
                    fmt::format("{} cannot be read ({})", path.string(), std::strerror(errno ? errno : EISDIR)));
    return text.str();
}

using connect::Connector;
using connect::SecretsMode;

// What generate would write, in both modes; the one with secrets only when it is needed, since it needs to know them.
class Expected {
public:
    Expected(const std::filesystem::path& folder, const config::Settings& settings)
        : folder_(folder), settings_(settings), provider_(parse(SecretsMode::provider)) {}

    const std::vector<Connector>& with(SecretsMode secrets) {
        if (secrets == SecretsMode::provider) return provider_;
        if (!inline_) inline_ = parse(SecretsMode::inline_);
        return *inline_;
    }

    // How the file's secrets are written; nullopt: it is not what generate would write.
    std::optional<SecretsMode> mode_of(const Connector& file, size_t index) {
        if (same(file, provider_[index])) return SecretsMode::provider;
        const auto& known = settings_.postgres;
        const bool knows_secrets = !known.user.empty() && !known.password.empty() && !known.database.empty();
        if (knows_secrets && same(file, with(SecretsMode::inline_)[index])) return SecretsMode::inline_;
        return std::nullopt;
    }

private:
    std::vector<Connector> parse(SecretsMode secrets) const {
        std::vector<Connector> connectors;
        for (const auto& made : generate_from(folder_, settings_, secrets))
            connectors.push_back(connect::parse_connector(made.json, made.file_name));
        return connectors;
    }

    static bool same(const Connector& a, const Connector& b) {
        return a.name == b.name && a.properties == b.properties;
    }

    const std::filesystem::path& folder_;
    const config::Settings& settings_;
    std::vector<Connector> provider_;
    std::optional<std::vector<Connector>> inline_;
};

[[noreturn]] void refuse_other_content(const std::string& file) {
    throw Error(
        ErrorKind::config,
        fmt::format("{} is not what generate would write now: connector_config.json, the template or a setting has "
                    "changed since, or the file was edited (nothing was registered). Write it anew with pintail "
                    "connectors generate (--secrets inline when it holds secrets), or register it as it is: pintail "
                    "connectors register {}",
                    file, file));
}

}  // namespace

std::vector<Connector> connectors_of_folder(const std::filesystem::path& folder, const config::Settings& settings,
                                            std::optional<SecretsMode> secrets) {
    Expected expected(folder, settings);
    std::vector<Connector> connectors;
    for (size_t i = 0; i < expected.with(SecretsMode::provider).size(); ++i) {
        const auto path = folder / (expected.with(SecretsMode::provider)[i].name + ".json");
        auto mode = SecretsMode::provider;
        if (std::filesystem::exists(path)) {
            const auto found = expected.mode_of(connect::parse_connector(read_text(path), path.string()), i);
            if (!found) refuse_other_content(path.string());
            mode = *found;
        }
        connectors.push_back(expected.with(secrets.value_or(mode))[i]);
    }
    return connectors;
}

std::vector<connect::GeneratedConnector> generate_from(const std::filesystem::path& folder,
                                                       const config::Settings& settings, connect::SecretsMode secrets) {
    const auto template_path = folder / "connector_template.json";
    const auto config_path = folder / "connector_config.json";
    const auto entries = connect::read_connector_config(read_text(config_path), config_path.string());
    const connect::GeneratorInput input{settings.topic_prefix, settings.decimal_handling,
                                        connect::source_reference(settings, secrets)};
    return connect::generate_connectors(read_text(template_path), template_path.string(), entries, input);
}

std::vector<connect::Connector> read_connectors(const std::vector<std::string>& files) {
    std::vector<connect::Connector> connectors;
    for (const auto& file : files) connectors.push_back(connect::parse_connector(read_text(file), file));
    return connectors;
}

}  // namespace pintail::cli
