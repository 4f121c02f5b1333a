#include "cli/pace.hpp"

namespace pintail::cli {

void Pace::sample(Time now, const pipeline::ProgressReport& report) {
    samples_.push_back({now, report.rows, report.source_bytes});
    while (now - samples_.front().at > kWindow) samples_.pop_front();
}

double Pace::changes_per_second() const {
    return per_second(&Sample::rows);
}
double Pace::bytes_per_second() const {
    return per_second(&Sample::bytes);
}

double Pace::per_second(uint64_t Sample::*counter) const {
    if (samples_.size() < 2) return 0;
    const auto elapsed = std::chrono::duration<double>(samples_.back().at - samples_.front().at).count();
    if (elapsed <= 0) return 0;
    return static_cast<double>(samples_.back().*counter - samples_.front().*counter) / elapsed;
}

}  // namespace pintail::cli
