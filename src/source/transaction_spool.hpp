// Messages of transactions that the server sends while they still run, on disk until they commit.
//
// One file per transaction; a new connection begins with a new spool, since the server sends it all again. One thread.
// Errors: those of SpoolFile.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/spool_file.hpp"

namespace pintail::source {

class TransactionSpool {
public:
    explicit TransactionSpool(SpoolFolder& folder) : folder_(folder) {}

    void append(uint32_t xid, uint32_t subxid, std::string_view message);

    // Forgets what a rolled back (sub)transaction did: it and what ran inside it are the last records of its file.
    void roll_back(uint32_t xid, uint32_t subxid);

    // Reads a finished transaction from its first record on; false at its end.
    bool open(uint32_t xid);
    bool read(std::string& message);
    void drop(uint32_t xid);

    bool empty() const { return transactions_.empty(); }

private:
    struct Transaction {
        std::unique_ptr<SpoolFile> file;
        std::map<uint32_t, uint64_t> begins;  // subtransaction → where its first record stands
    };

    static std::vector<std::string> announcements(SpoolFile& file, uint64_t from);

    SpoolFolder& folder_;
    std::map<uint32_t, Transaction> transactions_;
    Transaction* reading_ = nullptr;
    uint64_t read_ = 0;
};

}  // namespace pintail::source
