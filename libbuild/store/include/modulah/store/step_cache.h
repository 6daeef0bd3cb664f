// Small results by the hash of what they were made from: step results, verdicts of validation.
//
// One file for each record, <folder>/<2 hex digits>/<62 hex digits>, written whole or not at
// all and with a checksum in front: whatever is wrong with a record, it is as if it were not
// there. A result is only ever a shortcut, so losing one costs time and nothing else: which it
// is when a cache is trimmed (cache_trim.h), where folders of this class are "records".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "modulah/base/hash.h"

namespace modulah::store {

/// Safe to use from several threads and processes at once.
class StepCache {
 public:
  /// How long a record may be, in bytes.
  static constexpr std::size_t kMaxRecordBytes = 64 * 1024;

  /// `folder` (e.g. cache_directory() / "steps") is made by the first `put`; its parent as well.
  explicit StepCache(std::filesystem::path folder);

  /// The record for `key`, or nothing: there is none, or it is damaged or cannot be read. One open.
  ///
  /// `newest_input_ns` is the latest time (since 1970, in nanoseconds) at which one of the files
  /// that the key stands for was changed. A record written within one tick of the kernel's clock
  /// after that, or before, is not trusted: the file may have been changed again within the tick. A
  /// key must stand for one such time only, because the record's own time is moved on when it is
  /// used.
  [[nodiscard]] std::optional<std::string> find(const Sha256Bytes& key,
                                                std::int64_t newest_input_ns = 0) const;
  /// Keeps `record`, replacing what was there. False when it cannot be kept (disk full, read-only,
  /// too long): the caller loses time only.
  bool put(const Sha256Bytes& key, std::string_view record) const;

  /// True when the file at `path`, which is in a folder of this class, is a whole record under its
  /// own name. Throws Error io, denied.
  [[nodiscard]] static bool is_intact(const std::filesystem::path& path);

 private:
  [[nodiscard]] std::filesystem::path path_of(const Sha256Bytes& key) const;

  std::filesystem::path folder_;
};

}  // namespace modulah::store
