// Which way of deleting by keys is the cheaper one for a table: a statement per key, which reads the row groups that
// may hold it, or one join, which reads the whole key column. Both are timed as they are used; the other one's figure
// shrinks meanwhile, so that it is tried again now and then. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>

namespace pintail::duck {

class KeyCost {
public:
    bool one_by_one_pays(size_t keys) const {
        return keys <= kMostKeys && static_cast<double>(keys) * per_key_us_ <= join_us_;
    }

    // Times one use, until it goes out of scope.
    class Watch {
    public:
        Watch(KeyCost& cost, bool one_by_one, size_t keys) : cost_(cost), one_by_one_(one_by_one), keys_(keys) {}
        ~Watch() {
            cost_.note(one_by_one_, keys_, std::chrono::duration<double, std::micro>(Clock::now() - began_).count());
        }
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

    private:
        using Clock = std::chrono::steady_clock;
        KeyCost& cost_;
        bool one_by_one_;
        size_t keys_;
        Clock::time_point began_ = Clock::now();
    };

private:
    static constexpr size_t kMostKeys = 256;      // beyond them a join says nothing about small ones
    static constexpr double kForgetting = 0.999;  // of what was not used

    void note(bool one_by_one, size_t keys, double us) {
        if (keys > kMostKeys) return;
        if (one_by_one) per_key_us_ = us / static_cast<double>(keys);
        else join_us_ = us;
        (one_by_one ? join_us_ : per_key_us_) *= kForgetting;
    }

    // Of a table of some 100,000 rows (bench/micro/duck_apply_bench).
    double per_key_us_ = 250;
    double join_us_ = 500;
};

}  // namespace pintail::duck
