// A Postgres server of its own for the tests of one program: made at first use, gone at exit.
//
// Needs Debian's server programs (postgresql-15 or newer), those of other versions the ones that scripts/bootstrap
// fetches; without them url() is empty and the tests say so by skipping. As root it runs as `nobody`, since Postgres
// refuses root.
#pragma once

#include <string>

namespace pintail::postgres {

class TemporaryServer {
public:
    static TemporaryServer& shared();
    static TemporaryServer& of_version(int major);

    // Of a superuser `tester` and database `postgres`, through a unix socket; empty: no server programs here.
    const std::string& url() const { return url_; }
    std::string url_as(const std::string& user) const;

    TemporaryServer(const TemporaryServer&) = delete;
    TemporaryServer& operator=(const TemporaryServer&) = delete;

private:
    explicit TemporaryServer(std::string programs);
    ~TemporaryServer();

    std::string programs_;
    std::string folder_;
    std::string url_;
};

}  // namespace pintail::postgres
