#include "source/transaction_spool.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/error.hpp"

namespace pintail::source {
namespace {

namespace fs = std::filesystem;

// A full disk may get room again; the server sends the transactions anew then.
[[noreturn]] void refuse(const std::string& what, const std::string& path) {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    throw Error(ErrorKind::destination, fmt::format("spool of running transactions: cannot {} {}: {}", what, path, std::strerror(errno)), full);
}

}  // namespace

TransactionSpool::TransactionSpool(std::string folder, uint64_t most_bytes) : folder_(std::move(folder)), most_bytes_(most_bytes) {
    remove_leftovers();
}

TransactionSpool::~TransactionSpool() {
    transactions_.clear();
    remove_leftovers();
}

void TransactionSpool::remove_leftovers() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

std::string TransactionSpool::path(uint32_t xid) const {
    return fmt::format("{}/{}", folder_, xid);
}

TransactionSpool::Transaction& TransactionSpool::transaction(uint32_t xid) {
    Transaction& of = transactions_[xid];
    if (of.file) return of;
    std::error_code failed;
    fs::create_directories(folder_, failed);
    of.file.reset(std::fopen(path(xid).c_str(), "w+b"));
    if (!of.file) refuse("make", path(xid));
    return of;
}

void TransactionSpool::append(uint32_t xid, uint32_t subxid, std::string_view message) {
    Transaction& of = transaction(xid);
    of.begins.try_emplace(subxid, of.size);
    const auto size = static_cast<uint32_t>(message.size());
    if (std::fwrite(&size, sizeof(size), 1, of.file.get()) != 1 || std::fwrite(message.data(), 1, size, of.file.get()) != size) {
        refuse("write to", path(xid));
    }
    of.size += sizeof(size) + size;
    bytes_ += sizeof(size) + size;
    if (bytes_ > most_bytes_) {
        throw Error(ErrorKind::destination, fmt::format("running transactions of the source need more than the {} MiB that the spool {} may take. Nothing of "
                                                        "them was applied and nothing is lost. Raise --spool-limit and start again, or end them at "
                                                        "the source", most_bytes_ >> 20, folder_));
    }
}

void TransactionSpool::roll_back(uint32_t xid, uint32_t subxid) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end()) return;
    if (xid == subxid) return drop(xid);
    Transaction& of = found->second;
    const auto begin = of.begins.find(subxid);
    if (begin == of.begins.end()) return;  // it had changed nothing
    const uint64_t keep = begin->second;
    const std::vector<std::string> announced = announcements(of, keep);
    if (std::fflush(of.file.get()) != 0 || ftruncate(fileno(of.file.get()), static_cast<off_t>(keep)) != 0 ||
        std::fseek(of.file.get(), static_cast<long>(keep), SEEK_SET) != 0) {
        refuse("shorten", path(xid));
    }
    bytes_ -= of.size - keep;
    of.size = keep;
    std::erase_if(of.begins, [&](const auto& entry) { return entry.second >= keep; });
    for (const std::string& message : announced) append(xid, xid, message);
}

// The server announces a table once in a streamed transaction, even when it did so inside of what is rolled back.
std::vector<std::string> TransactionSpool::announcements(Transaction& of, uint64_t from) {
    if (std::fflush(of.file.get()) != 0 || std::fseek(of.file.get(), static_cast<long>(from), SEEK_SET) != 0) refuse("read", folder_);
    reading_ = &of;
    read_ = from;
    std::vector<std::string> found;
    for (std::string message; read(message);) {
        if (message[0] == 'R') found.push_back(message);
    }
    reading_ = nullptr;
    return found;
}

bool TransactionSpool::open(uint32_t xid) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end()) return false;
    reading_ = &found->second;
    read_ = 0;
    if (std::fflush(reading_->file.get()) != 0 || std::fseek(reading_->file.get(), 0, SEEK_SET) != 0) refuse("read", path(xid));
    return true;
}

bool TransactionSpool::read(std::string& message) {
    if (!reading_ || read_ >= reading_->size) return false;
    uint32_t size = 0;
    FILE* file = reading_->file.get();
    if (std::fread(&size, sizeof(size), 1, file) != 1) refuse("read from", folder_);
    message.resize(size);
    if (std::fread(message.data(), 1, size, file) != size) refuse("read from", folder_);
    read_ += sizeof(size) + size;
    return true;
}

void TransactionSpool::drop(uint32_t xid) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end()) return;
    if (reading_ == &found->second) reading_ = nullptr;
    bytes_ -= found->second.size;
    transactions_.erase(found);
    ::unlink(path(xid).c_str());
}

}  // namespace pintail::source
