// Messages of transactions that the server sends while they still run, on disk until they commit.
//
// One file per transaction in a folder of its own; scratch: everything is deleted when a spool is made, since the
// server sends it all again after a reconnection. One thread. Errors: Error(destination), as the folder lies beside
// the target.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pintail::source {

class TransactionSpool {
public:
    // The folder is made on first use. Beyond `most_bytes` of all transactions together, append() is an Error.
    TransactionSpool(std::string folder, uint64_t most_bytes);
    ~TransactionSpool();

    void append(uint32_t xid, uint32_t subxid, std::string_view message);

    // Forgets what a rolled back (sub)transaction did: it and what ran inside it are the last records of its file.
    void roll_back(uint32_t xid, uint32_t subxid);

    // Reads a finished transaction from its first record on; false at its end.
    bool open(uint32_t xid);
    bool read(std::string& message);
    void drop(uint32_t xid);

    bool empty() const { return transactions_.empty(); }
    uint64_t bytes() const { return bytes_; }

private:
    struct CloseFile {
        void operator()(FILE* file) const { std::fclose(file); }
    };
    struct Transaction {
        std::unique_ptr<FILE, CloseFile> file;
        uint64_t size = 0;
        std::map<uint32_t, uint64_t> begins;  // subtransaction → where its first record stands
    };

    std::string path(uint32_t xid) const;
    Transaction& transaction(uint32_t xid);
    std::vector<std::string> announcements(Transaction& of, uint64_t from);
    void remove_leftovers();

    std::string folder_;
    uint64_t most_bytes_;
    uint64_t bytes_ = 0;
    std::map<uint32_t, Transaction> transactions_;
    Transaction* reading_ = nullptr;
    uint64_t read_ = 0;
};

}  // namespace pintail::source
