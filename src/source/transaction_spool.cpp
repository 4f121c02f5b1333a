#include "source/transaction_spool.hpp"

#include <string>

namespace pintail::source {

void TransactionSpool::append(uint32_t xid, uint32_t subxid, std::string_view message) {
    Transaction& of = transactions_[xid];
    if (!of.file) of.file = std::make_unique<SpoolFile>(folder_, std::to_string(xid));
    of.begins.try_emplace(subxid, of.file->size());
    of.file->append(message);
}

void TransactionSpool::roll_back(uint32_t xid, uint32_t subxid) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end()) return;
    if (xid == subxid) return drop(xid);
    Transaction& of = found->second;
    const auto begin = of.begins.find(subxid);
    if (begin == of.begins.end()) return;  // it had changed nothing
    const uint64_t keep = begin->second;
    const std::vector<std::string> announced = announcements(*of.file, keep);
    of.file->truncate(keep);
    std::erase_if(of.begins, [&](const auto& entry) { return entry.second >= keep; });
    for (const std::string& message : announced) append(xid, xid, message);
}

// The server announces a table once in a streamed transaction, even when it did so inside of what is rolled back.
std::vector<std::string> TransactionSpool::announcements(SpoolFile& file, uint64_t from) {
    std::vector<std::string> found;
    for (std::string message; file.read(from, message);) {
        if (message[0] == 'R') found.push_back(message);
    }
    return found;
}

bool TransactionSpool::open(uint32_t xid) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end()) return false;
    reading_ = &found->second;
    read_ = 0;
    return true;
}

bool TransactionSpool::read(std::string& message) {
    return reading_ && reading_->file->read(read_, message);
}

void TransactionSpool::drop(uint32_t xid) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end()) return;
    if (reading_ == &found->second) reading_ = nullptr;
    transactions_.erase(found);
}

}  // namespace pintail::source
