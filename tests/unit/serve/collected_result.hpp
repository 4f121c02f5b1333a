// Keeps a whole answer, for tests to look at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "serve/query.hpp"

namespace pintail::serve {

struct CollectedResult : ResultSink {
    void columns(const std::vector<ResultColumn>& given) override { header = given; }
    bool row(std::span<const Cell> cells) override {
        auto& kept = rows.emplace_back();
        for (const Cell& cell : cells) kept.push_back(cell ? std::optional<std::string>(*cell) : std::nullopt);
        return rows.size() < wanted;
    }
    void finish(const ResultEnd& given) override { end = given; }

    size_t wanted = SIZE_MAX;
    std::vector<ResultColumn> header;
    std::vector<std::vector<std::optional<std::string>>> rows;
    std::optional<ResultEnd> end;
};

}  // namespace pintail::serve
