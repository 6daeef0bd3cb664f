// The end of a run's time: for all of it, from the first layer that is unpacked to the guest.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "modulah/base/error.h"

namespace modulah::runner {

class Deadline {
 public:
  /// Begins now. `max_time` 0: no limit. `interrupt` is passed on by `token`.
  Deadline(std::chrono::milliseconds max_time, std::stop_token interrupt);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Requested on a timeout, and when the interrupt is.
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  [[nodiscard]] bool is_over() const;
  /// What is left, at least a millisecond; 0 when there is no limit.
  [[nodiscard]] std::chrono::milliseconds left() const;
  /// "`name`: timed out after 2 s`more`".
  [[nodiscard]] Error error(std::string_view name, std::string_view more = {}) const;

 private:
  using Clock = std::chrono::steady_clock;

  void watch();

  std::chrono::milliseconds max_time_;
  Clock::time_point end_;
  std::stop_source source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_done_ = false;  ///< Nobody waits for the end any more; guarded by mutex_.
  std::thread thread_;
  struct Forward {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };
  std::stop_callback<Forward> on_interrupt_;
};

}  // namespace modulah::runner
