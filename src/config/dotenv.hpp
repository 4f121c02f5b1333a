// .env and .credentials: lines KEY=VALUE, as Docker Compose and shells read them.
//
//   # comment            export KEY=VALUE            KEY = VALUE
//   KEY=value # comment  KEY='taken as it is'        KEY="with \n \t \" \\ \$ escapes"
// Values stay on one line and nothing is interpolated. Keys are left to whoever knows them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace pintail::config {

struct DotenvEntry {
    std::string key;
    std::string value;
    int line = 0;  // from 1
};

// Malformed lines go to `problems` (place "<file>:<line>", never the line's text: it may be a secret) and are skipped.
std::vector<DotenvEntry> parse_dotenv(std::string_view text, const std::string& file, std::vector<Problem>& problems);

}  // namespace pintail::config
