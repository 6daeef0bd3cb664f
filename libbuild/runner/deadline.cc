// Waits on a thread of its own, when there is an end.
#include "deadline.h"

#include <algorithm>

#include <fmt/format.h>

namespace modulah::runner {

Deadline::Deadline(std::chrono::milliseconds max_time, std::stop_token interrupt)
    : max_time_(max_time),
      end_(Clock::now() + max_time),
      on_interrupt_(std::move(interrupt), Forward{&source_}) {
  if (max_time_.count() > 0) thread_ = std::thread([this] { watch(); });
}

Deadline::~Deadline() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_done_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void Deadline::watch() {
  {
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, end_, [this] { return is_done_; })) return;
  }
  source_.request_stop();
}

bool Deadline::is_over() const { return max_time_.count() > 0 && Clock::now() >= end_; }

std::chrono::milliseconds Deadline::left() const {
  if (max_time_.count() == 0) return max_time_;
  return std::max(std::chrono::milliseconds(1),
                  std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()));
}

Error Deadline::error(std::string_view name, std::string_view more) const {
  const auto count = max_time_.count();
  const std::string time =
      count % 1000 == 0 ? fmt::format("{} s", count / 1000) : fmt::format("{} ms", count);
  return {ErrorKind::cancelled, fmt::format("{}: timed out after {}{}", name, time, more)};
}

}  // namespace modulah::runner
