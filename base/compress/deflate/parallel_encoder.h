// Compresses a stream with several threads, into the same bytes as with one.
//
// The input is cut into pieces of one size. Threads take pieces as they become free; the one
// that writes into this object takes one as well when there is nothing else for it to do, so that
// with one thread there is no other. It alone writes the output, in order, so that what the output
// throws reaches it. So many pieces are on their way at most that memory is bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace modulah::deflate {

/// Part of what the output is: with other pieces it has other bytes.
inline constexpr std::size_t kPieceBytes = 128 * 1024;
/// Eight compress as fast as one can hash the input, which is done as well wherever we compress.
inline constexpr unsigned kMaxThreads = 8;

/// A piece of the input, compressed.
struct EncodedPiece {
  std::span<const std::byte> bytes;
  std::uint32_t plain_crc32 = 0;
  std::size_t plain_size = 0;
};

/// To be used from one thread. After an exception only to be destroyed.
class ParallelEncoder {
 public:
  /// Calls `emit` for each piece in order, in `write` and `finish`. At most `threads` threads are
  /// at work at a time, with the caller's, and at most kMaxThreads.
  ParallelEncoder(std::function<void(const EncodedPiece&)> emit, unsigned threads);
  /// Waits for the threads, which end soon. Emits nothing.
  ~ParallelEncoder();
  ParallelEncoder(const ParallelEncoder&) = delete;
  ParallelEncoder& operator=(const ParallelEncoder&) = delete;

  /// Throws what `emit` throws.
  void write(std::span<const std::byte> bytes);
  /// As `write`, but whole pieces that stand behind the ones before them are compressed where they
  /// are: `bytes` stay there until kept_bytes() more were written, or until `release` or `stop`.
  void write_in_place(std::span<const std::byte> bytes);
  /// How many of the bytes written last may still be looked at.
  [[nodiscard]] std::size_t kept_bytes() const noexcept;
  /// Emits all whole pieces; nothing that was written is needed after it.
  void release();
  /// Ends all work; afterwards this can only be destroyed.
  void stop() noexcept;
  /// Emits what is left. kStreamEnd is to follow. Call once. Throws what `emit` throws.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah::deflate
