// Hashes pieces of memory on a thread of its own, in the order they come; internal.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "modulah/base/hash.h"

namespace modulah::layer {

/// The pieces stay where they are: the one who adds them waits (`wait_until`, `wait`) before
/// using their memory for something else. The thread is started with the first piece; when the
/// system refuses it, `add` hashes. To be used from one thread.
class HashThread {
 public:
  HashThread() = default;
  ~HashThread();
  HashThread(const HashThread&) = delete;
  HashThread& operator=(const HashThread&) = delete;

  /// Queues a piece and returns its number, counted from 1.
  std::size_t add(std::span<const std::byte> piece);
  /// Returns when all pieces up to `number` are hashed. Throws what hashing threw.
  void wait_until(std::size_t number);
  /// Returns when all pieces are hashed, whether well or not. Never throws.
  void wait() noexcept;
  /// The hash of all pieces and `last`. Call once.
  [[nodiscard]] Sha256Bytes finish(std::span<const std::byte> last);

 private:
  void start();
  void work();

  Sha256Sink hash_;
  std::size_t added_ = 0;
  bool is_refused_ = false;  ///< The system makes no thread for us.
  std::thread thread_;

  std::mutex mutex_;  // Guards all below.
  std::condition_variable changed_;
  std::deque<std::span<const std::byte>> queue_;
  std::size_t hashed_ = 0;
  std::exception_ptr exception_;
  bool is_closed_ = false;
};

}  // namespace modulah::layer
