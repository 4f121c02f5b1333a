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

}  // namespace

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
