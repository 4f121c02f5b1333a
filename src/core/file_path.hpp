// Names of files. Any thread.
#pragma once

#include <string>

namespace pintail {

// The file itself where `name` is a symbolic link to it, be it there already or not. What lies beside a target (its
// log, its socket) is found under every name of it by that. Links in the folders before it stay as they are.
std::string without_links(const std::string& name);

}  // namespace pintail
