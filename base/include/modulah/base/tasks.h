// Work on a few threads, with the first exception handed to the one who waits.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

namespace modulah {

/// Runs tasks on up to `threads` threads of its own. When a task throws, the tasks not yet
/// begun are dropped, the others see `stop_requested` on their token, and `wait` throws the first
/// exception. The destructor asks all to stop, waits and swallows. When the system refuses every
/// thread, `wait` runs the tasks itself.
class TaskGroup {
 public:
  explicit TaskGroup(unsigned threads);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Queues a task. Safe to call from the tasks themselves.
  void run(std::function<void(std::stop_token)> task);
  /// Returns when all tasks have ended. Throws the first exception of a task.
  void wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah
