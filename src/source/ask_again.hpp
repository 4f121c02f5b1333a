// Questions about the source's catalog that somebody's DDL may overtake: they are asked again.
#pragma once

#include "log/log.hpp"
#include "postgres/publication.hpp"

namespace pintail::source {

inline constexpr int kMostOvertaken = 10;  // times in a row: beyond that it is no coincidence

template <typename Question>
auto ask_again(const Question& ask) {
    for (int again = kMostOvertaken;; --again) {
        try {
            return ask();
        } catch (const postgres::SqlError& problem) {
            if (again == 0 || !postgres::is_overtaken_by_ddl(problem)) throw;
            log::debug("the catalog is looked at again: {}", problem.what());
        }
    }
}

}  // namespace pintail::source
