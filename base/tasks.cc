// TaskGroup: a queue, a few threads that empty it, and the first exception kept.
//
// Threads are started when a task finds no idle one, so a group that gets one task
// starts one thread, and a group that gets none starts none. Where the system refuses even the
// first thread, the one who waits does the work.
#include "modulah/base/tasks.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "modulah/base/error.h"

namespace modulah {

struct TaskGroup::State {
  using Task = std::function<void(std::stop_token)>;

  explicit State(unsigned count) : max_threads(std::max(count, 1U)) {}

  /// What each thread does until the group is closed.
  void work();
  /// Runs the first task of the queue, without the lock.
  void run_first(std::unique_lock<std::mutex>& lock);
  void start_thread_if_needed();
  /// Keeps the first exception, drops what has not begun and asks the others to stop.
  /// Only then, so that the exception kept is the cause and not a task that was stopped by it.
  void fail(std::exception_ptr exception);

  const std::size_t max_threads;
  std::stop_source stop;

  std::mutex mutex;  // Guards all below.
  std::condition_variable task_added_or_closed;
  std::condition_variable all_ended;
  std::deque<Task> queue;
  std::vector<std::thread> threads;
  std::size_t idle = 0;
  std::size_t running = 0;
  bool is_closed = false;
  std::exception_ptr first_exception;
};

void TaskGroup::State::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    task_added_or_closed.wait(lock, [&] { return is_closed || !queue.empty(); });
    --idle;
    if (queue.empty()) return;
    run_first(lock);
  }
}

void TaskGroup::State::run_first(std::unique_lock<std::mutex>& lock) {
  Task task = std::move(queue.front());
  queue.pop_front();
  ++running;
  lock.unlock();
  std::exception_ptr exception;
  try {
    task(stop.get_token());
  } catch (...) {
    exception = std::current_exception();
  }
  task = nullptr;  // What it holds ends before `wait` returns.
  if (exception) fail(std::move(exception));
  lock.lock();
  if (--running == 0 && queue.empty()) all_ended.notify_all();
}

void TaskGroup::State::start_thread_if_needed() {
  if (idle >= queue.size() || threads.size() == max_threads) return;
  try {
    threads.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // With fewer threads than wanted the work is done all the same; with none `wait` does it.
  }
}

void TaskGroup::State::fail(std::exception_ptr exception) {
  {
    const std::scoped_lock lock(mutex);
    if (!first_exception) first_exception = std::move(exception);
    queue.clear();
  }
  stop.request_stop();  // Not under the lock: it calls the tasks' stop callbacks.
}

TaskGroup::TaskGroup(unsigned threads) : state_(std::make_unique<State>(threads)) {}

TaskGroup::~TaskGroup() {
  state_->stop.request_stop();
  {
    const std::scoped_lock lock(state_->mutex);
    state_->queue.clear();
    state_->is_closed = true;
  }
  state_->task_added_or_closed.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void TaskGroup::run(std::function<void(std::stop_token)> task) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->first_exception || state_->is_closed) return;
    state_->queue.push_back(std::move(task));
    state_->start_thread_if_needed();
  }
  state_->task_added_or_closed.notify_one();
}

void TaskGroup::wait() {
  std::unique_lock lock(state_->mutex);
  while (state_->threads.empty() && !state_->queue.empty()) state_->run_first(lock);
  state_->all_ended.wait(lock, [&] { return state_->running == 0 && state_->queue.empty(); });
  if (state_->first_exception) std::rethrow_exception(state_->first_exception);
}

}  // namespace modulah
