#include "source/spool_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/error.hpp"

namespace pintail::source {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWriteBytes = 64 << 10;
constexpr size_t kReadBytes = 256 << 10;

}  // namespace

SpoolFolder::SpoolFolder(std::string path, uint64_t most_bytes) : path_(std::move(path)), most_bytes_(most_bytes) {
    remove();
}

SpoolFolder::~SpoolFolder() {
    remove();
}

void SpoolFolder::remove() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void SpoolFolder::take(uint64_t bytes) {
    if (bytes_ + bytes > most_bytes_) {
        throw Error(ErrorKind::destination,
                    fmt::format("changes that cannot be applied yet (of running transactions, and of tables that are "
                                "being copied) need more than the {} MiB that the "
                                "spool {} may take. Nothing of them was applied and nothing is lost. Raise "
                                "--spool-limit and start again, or end the "
                                "transactions at the source",
                                most_bytes_ >> 20, path_));
    }
    bytes_ += bytes;
}

SpoolFile::SpoolFile(SpoolFolder& folder, const std::string& name)
    : folder_(folder), path_(folder.path() + "/" + name) {
    std::error_code failed;
    fs::create_directories(folder.path(), failed);
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file_ < 0) refuse("make");
}

SpoolFile::~SpoolFile() {
    ::close(file_);
    ::unlink(path_.c_str());
    folder_.bytes_ -= size_;
}

// A full disk may get room again; the server sends the transactions anew then.
void SpoolFile::refuse(const char* what) const {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    throw Error(ErrorKind::destination,
                fmt::format("spool of changes: cannot {} {}: {}", what, path_, std::strerror(errno)), full);
}

void SpoolFile::append(std::string_view record) {
    const auto size = static_cast<uint32_t>(record.size());
    folder_.take(sizeof(size) + size);
    unwritten_.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(record);
    size_ += sizeof(size) + size;
    if (unwritten_.size() >= kWriteBytes) flush();
}

void SpoolFile::flush() {
    uint64_t at = size_ - unwritten_.size();
    std::string_view left = unwritten_;
    while (!left.empty()) {
        const ssize_t written = ::pwrite(file_, left.data(), left.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) refuse("write to");
        left.remove_prefix(static_cast<size_t>(written));
        at += static_cast<uint64_t>(written);
    }
    unwritten_.clear();
}

bool SpoolFile::read(uint64_t& at, std::string& record) {
    if (at >= size_) return false;
    uint32_t size = 0;
    std::memcpy(&size, bytes_at(at, sizeof(size)).data(), sizeof(size));
    record = bytes_at(at + sizeof(size), size);
    at += sizeof(size) + size;
    return true;
}

std::string_view SpoolFile::bytes_at(uint64_t at, size_t count) {
    if (at < window_at_ || at + count > window_at_ + window_.size()) {
        if (at + count > size_ - unwritten_.size()) flush();
        window_at_ = at;
        window_.resize(std::min<uint64_t>(std::max(count, kReadBytes), size_ - unwritten_.size() - at));
        for (size_t done = 0; done < window_.size();) {
            const ssize_t got =
                ::pread(file_, window_.data() + done, window_.size() - done, static_cast<off_t>(at + done));
            if (got < 0 && errno == EINTR) continue;
            if (got == 0) errno = EIO;
            if (got <= 0) refuse("read from");
            done += static_cast<size_t>(got);
        }
    }
    return std::string_view(window_).substr(at - window_at_, count);
}

void SpoolFile::truncate(uint64_t size) {
    flush();
    if (::ftruncate(file_, static_cast<off_t>(size)) != 0) refuse("shorten");
    folder_.bytes_ -= size_ - size;
    size_ = size;
    window_.clear();
}

}  // namespace pintail::source
