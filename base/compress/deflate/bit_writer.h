// Bits into bytes, least significant bit first, as DEFLATE has them (RFC 1951, section 3.1.1).
//
// Bits gather in a 64-bit word, and `flush` stores the whole word but moves on by the full bytes
// only: no loop, no branch. After it at most 7 bits are left, so 57 more may be put before the
// next. The price is that up to 8 bytes behind the end are overwritten: the buffer has to
// have them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "compress/deflate/words.h"

namespace modulah::deflate {

class BitWriter {
 public:
  /// How many bits may be put between two flushes.
  static constexpr unsigned kMaxBits = 57;
  /// How many bytes behind the last one written must be there.
  static constexpr std::size_t kSlack = 8;

  explicit BitWriter(std::byte* out) : out_(out) {}

  /// `bits` has no bits set above `count`.
  void put(std::uint64_t bits, unsigned count) {
    word_ |= bits << count_;
    count_ += count;
  }
  void flush() {
    store_le64(out_, word_);
    out_ += count_ / 8;
    word_ >>= count_ & ~7U;
    count_ &= 7;
  }
  void put_and_flush(std::uint64_t bits, unsigned count) {
    put(bits, count);
    flush();
  }
  /// Fills the current byte with zero bits.
  void align() {
    count_ = (count_ + 7) & ~7U;
    flush();
  }
  [[nodiscard]] bool is_aligned() const { return count_ % 8 == 0; }
  /// Where the next byte goes. Only when aligned and flushed.
  [[nodiscard]] std::byte* position() const { return out_; }
  /// Says that bytes up to `position` were written by the caller. Only when aligned and flushed.
  void move_to(std::byte* position) { out_ = position; }

 private:
  std::byte* out_;
  std::uint64_t word_ = 0;
  unsigned count_ = 0;
};

}  // namespace modulah::deflate
