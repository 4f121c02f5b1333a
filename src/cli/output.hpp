// Standard output of a command whose reader may go away (`pintail query … | head`). One thread.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace pintail::cli {

class Output {
public:
    // `file` is not owned. From here on a broken pipe is a return value, not a signal that ends the process.
    explicit Output(std::FILE* file);

    // false: nobody reads any more. Throws Error(usage) when the bytes cannot be written (a full disk).
    bool write(std::string_view bytes);
    bool flush();

private:
    bool check(bool written);

    std::FILE* file_;
    bool open_ = true;
};

}  // namespace pintail::cli
