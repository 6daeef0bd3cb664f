// A window into the bytes of a binary, read from its start to its end.
//
// All reading of untrusted bytes goes through here: each function checks what is left before it
// reads, and throws Error invalid with the place in the whole file, "app.wasm: byte 0x1a: ...".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace modulah::wasm {

class Reader {
 public:
  /// `base` is the place of the first of `bytes` in the file that is called `name`; both are
  /// borrowed.
  Reader(std::span<const std::byte> bytes, std::uint64_t base, std::string_view name)
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), base_(base), name_(name) {}

  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
  /// In bytes, from the start of the file.
  [[nodiscard]] std::uint64_t offset() const noexcept {
    return base_ + static_cast<std::uint64_t>(at_ - begin_);
  }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  std::uint8_t u8() {
    if (at_ == end_) fail_at_end();
    return static_cast<std::uint8_t>(*at_++);
  }
  /// The next byte, which stays.
  [[nodiscard]] std::uint8_t peek() const {
    if (at_ == end_) fail_at_end();
    return static_cast<std::uint8_t>(*at_);
  }
  /// Numbers in LEB128, of that many bits; more bytes than needed are allowed as the specification
  /// has it.
  std::uint32_t u32() {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80)
      return static_cast<std::uint8_t>(*at_++);
    return static_cast<std::uint32_t>(unsigned_leb(32));
  }
  std::uint64_t u64() { return unsigned_leb(64); }
  std::int32_t s32() { return static_cast<std::int32_t>(signed_leb(32)); }
  std::int64_t s33() { return signed_leb(33); }
  std::int64_t s64() { return signed_leb(64); }

  void skip(std::uint64_t count) {
    if (count > left()) fail_at_end();
    at_ += count;
  }
  /// The next `count` bytes, which are stepped over.
  Reader window(std::uint64_t count, std::string_view what);
  [[nodiscard]] std::span<const std::byte> rest() const noexcept { return {at_, end_}; }
  /// A name: its length and so many bytes of UTF-8. Borrowed from the bytes.
  std::string_view name();
  /// A count of items that take at least one byte each, so that no memory is reserved for more
  /// than there can be. Throws when it is more than `limit`.
  std::uint32_t count(std::string_view what, std::uint32_t limit);

  /// Throws unless all has been read: "`what` has extra bytes at its end: 3".
  void require_end(std::string_view what) const;
  /// Throws Error invalid for the place `offset`.
  [[noreturn]] void fail(std::uint64_t offset, std::string_view message) const;
  /// The name of the file.
  [[nodiscard]] std::string_view file() const noexcept { return name_; }

 private:
  std::uint64_t unsigned_leb(unsigned bits);
  std::int64_t signed_leb(unsigned bits);
  [[noreturn]] void fail_at_end() const;

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  std::uint64_t base_;
  std::string_view name_;
};

}  // namespace modulah::wasm
