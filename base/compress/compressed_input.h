// The compressed side of a decompressor: a buffer that is refilled, and where we are in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/io.h"

namespace modulah {

class CompressedInput {
 public:
  /// `format` ("gzip") is for messages; `source` must outlive this.
  CompressedInput(Source& source, std::string_view format)
      : source_(source), format_(format), buffer_(kBytes) {}

  /// What was read and not yet used. Reads more when that is nothing; empty at the end.
  [[nodiscard]] std::span<const std::byte> get() {
    if (rest_.empty() && !is_at_end_) {
      const std::size_t count = source_.read(buffer_);
      is_at_end_ = count == 0;
      rest_ = std::span<const std::byte>(buffer_).first(count);
    }
    return rest_;
  }
  void use(std::size_t count) {
    rest_ = rest_.subspan(count);
    offset_ += count;
  }

  [[noreturn]] void throw_malformed(std::string_view why) const {
    throw Error(ErrorKind::corrupt,
                fmt::format("{} data is malformed at byte {}: {}", format_, offset_, why));
  }
  [[noreturn]] void throw_cut_off() const {
    throw Error(ErrorKind::corrupt,
                fmt::format("{} data is cut off: it ends at byte {}", format_, offset_));
  }

 private:
  static constexpr std::size_t kBytes = 64 * 1024;

  Source& source_;
  std::string_view format_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> rest_;
  std::uint64_t offset_ = 0;
  bool is_at_end_ = false;
};

}  // namespace modulah
