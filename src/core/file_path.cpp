#include "core/file_path.hpp"

#include <filesystem>

namespace pintail {
namespace {

constexpr int kMostLinks = 40;  // as Linux has it: more are a circle

}  // namespace

std::string without_links(const std::string& name) {
    namespace fs = std::filesystem;
    std::error_code failed;
    fs::path path = name;
    for (int links = 0; links < kMostLinks && fs::is_symlink(path, failed); ++links) {
        const fs::path link = fs::read_symlink(path, failed);
        path = link.is_absolute() ? link : path.parent_path() / link;
    }
    return path.string();
}

}  // namespace pintail
