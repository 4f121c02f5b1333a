// Words of commands that messages propose, so that they can be pasted into a shell as they are.
#pragma once

#include <string>
#include <string_view>

namespace pintail {

// The text as one word of a POSIX shell: itself, or quoted where the shell would take some of it for more.
std::string shell_word(std::string_view text);

}  // namespace pintail
