#include "hash_thread.h"

#include <system_error>

namespace modulah::layer {

HashThread::~HashThread() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::size_t HashThread::add(std::span<const std::byte> piece) {
  if (!thread_.joinable()) start();
  if (!thread_.joinable()) {
    hash_.write(piece);
    hashed_ = ++added_;
    return added_;
  }
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(piece);
  }
  changed_.notify_all();
  return ++added_;
}

void HashThread::start() {
  if (is_refused_) return;
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    is_refused_ = true;
  }
}

void HashThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return is_closed_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::span<const std::byte> piece = queue_.front();
    queue_.pop_front();
    if (!exception_) {
      lock.unlock();
      std::exception_ptr exception;
      try {
        hash_.write(piece);
      } catch (...) {
        exception = std::current_exception();
      }
      lock.lock();
      exception_ = exception;
    }
    ++hashed_;
    changed_.notify_all();
  }
}

void HashThread::wait_until(std::size_t number) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return hashed_ >= number; });
  if (exception_) std::rethrow_exception(exception_);
}

void HashThread::wait() noexcept {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return hashed_ >= added_; });
}

Sha256Bytes HashThread::finish(std::span<const std::byte> last) {
  wait_until(added_);
  hash_.write(last);
  return hash_.finish();
}

}  // namespace modulah::layer
