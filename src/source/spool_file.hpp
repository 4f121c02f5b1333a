// Scratch on disk for changes that cannot be applied yet: a folder with a budget, and files of records in it.
//
// Nothing in it outlives the process: the server sends everything again. One thread. Errors: Error(destination), as the
// folder lies beside the target.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pintail::source {

class SpoolFolder {
public:
    // Deletes what a killed process left there; the folder is made with its first file. `most_bytes`: of all files
    // together.
    SpoolFolder(std::string path, uint64_t most_bytes);
    ~SpoolFolder();
    SpoolFolder(const SpoolFolder&) = delete;
    SpoolFolder& operator=(const SpoolFolder&) = delete;

    const std::string& path() const { return path_; }
    uint64_t bytes() const { return bytes_; }

private:
    friend class SpoolFile;
    void remove() const;
    void take(uint64_t bytes);  // Error when the budget is spent

    std::string path_;
    uint64_t most_bytes_;
    uint64_t bytes_ = 0;
};

// Records in the order in which they were appended; gone with the object.
class SpoolFile {
public:
    // Borrows the folder. `name` is no other file's.
    SpoolFile(SpoolFolder& folder, const std::string& name);
    ~SpoolFile();
    SpoolFile(const SpoolFile&) = delete;
    SpoolFile& operator=(const SpoolFile&) = delete;

    void append(std::string_view record);
    // The record at `at`, which then points behind it; false: `at` is the end.
    bool read(uint64_t& at, std::string& record);
    // Forgets everything from `size` on, where a record must begin.
    void truncate(uint64_t size);
    uint64_t size() const { return size_; }

private:
    void flush();
    std::string_view bytes_at(uint64_t at, size_t count);
    [[noreturn]] void refuse(const char* what) const;

    SpoolFolder& folder_;
    std::string path_;
    int file_ = -1;
    uint64_t size_ = 0;
    std::string unwritten_;  // the last bytes
    std::string window_;     // read ahead, from window_at_
    uint64_t window_at_ = 0;
};

}  // namespace pintail::source
