// Reads a plain tar, entry by entry, from untrusted bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "modulah/base/io.h"
#include "modulah/image/tar.h"

namespace modulah::image {

/// Reads POSIX (ustar, pax) and GNU tars (long names, base-256 numbers). Everything that has a
/// length is bounded; names are clean paths (see clean_entry_path). Errors name the entry and the
/// offset in the tar. Not safe for use from two threads at once.
class TarSource {
 public:
  /// `in` must outlive it. `what` names the tar in messages, e.g. "layer sha256:…".
  /// `skip_ahead`, when given, moves `in` on by a number of bytes without reading them.
  TarSource(Source& in, std::string what, std::function<void(std::uint64_t)> skip_ahead = {});

  /// The next entry, or nothing at the end. What was not read of the last entry's content is
  /// skipped. Throws Error: corrupt for what is not a tar or is truncated, invalid for a name that
  /// leads out of the root, unsupported for sparse files.
  [[nodiscard]] std::optional<TarEntry> next();

  /// Reads the current entry's content; 0 is its end. Throws Error corrupt when it is cut off.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer);

  /// Where the current entry's content begins, in bytes from the start of the tar.
  [[nodiscard]] std::uint64_t content_offset() const noexcept { return content_offset_; }

 private:
  /// The fields that pax and GNU headers set for the entry after them.
  struct Overrides {
    std::optional<std::string> path;
    std::optional<std::string> link_target;
    std::map<std::string, std::string> records;
  };

  /// Reads headers up to that of an ordinary entry; false at the end of the tar.
  bool read_headers(std::span<std::byte> block, Overrides& overrides);
  bool read_block(std::span<std::byte> block);
  void read_special(std::span<const std::byte> block, Overrides& overrides);
  [[nodiscard]] std::string read_special_body(std::span<const std::byte> block, char flag);
  void parse_records(std::string_view body, std::map<std::string, std::string>& records) const;
  [[nodiscard]] TarEntry make_entry(std::span<const std::byte> block) const;
  void apply_overrides(TarEntry& entry, Overrides& overrides) const;
  void apply_record(TarEntry& entry, const std::string& keyword, const std::string& value) const;
  void check_names(TarEntry& entry) const;
  void skip(std::uint64_t count);
  /// "`what_`: header at byte N".
  [[nodiscard]] std::string place() const;
  [[noreturn]] void fail_corrupt(std::string_view problem) const;

  Source& in_;
  std::string what_;
  std::function<void(std::uint64_t)> skip_ahead_;
  std::uint64_t offset_ = 0;         ///< Of the next byte of `in_`.
  std::uint64_t header_offset_ = 0;  ///< Of the header being read, for messages.
  std::uint64_t content_offset_ = 0;
  std::uint64_t content_left_ = 0;
  std::size_t padding_left_ = 0;
  std::string path_;  ///< Of the current entry, for messages.
  std::map<std::string, std::string> global_records_;
  bool is_at_end_ = false;
};

}  // namespace modulah::image
