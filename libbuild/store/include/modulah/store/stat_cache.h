// The digests of files that were read before and have not been changed since.
//
// A file is known again by its device, inode, size and times. The one trap is a file that is
// changed twice within one tick of the clock: so, as git does, a file whose change time is not
// older than the cache's own file is not trusted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "modulah/base/files.h"
#include "modulah/base/hash.h"

namespace modulah::store {

/// What stat(2) says about a file. Take it from the open file, before reading it, and again after:
/// a digest is only worth keeping when both are equal.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;  ///< Since 1970, in nanoseconds.
  std::int64_t ctime_ns = 0;  ///< Since 1970, in nanoseconds.

  friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

/// One file that is read whole and searched, not parsed: looking up costs a few memory reads,
/// however many files there are. Not safe for use from two threads at once.
class StatCache {
 public:
  /// How many files are remembered; beyond it those not asked for this time are forgotten.
  static constexpr std::size_t kMaxEntries = 100'000;

  /// Reads `path`, one for each build context. What is not there or damaged is empty.
  explicit StatCache(std::filesystem::path path);
  ~StatCache();

  /// The digest the file had, or nothing.
  [[nodiscard]] std::optional<Sha256Bytes> find(const FileIdentity& file);
  /// Remembers a digest, once `save` is called.
  void add(const FileIdentity& file, const Sha256Bytes& digest);
  /// Writes the cache when something was added since it was read. False when it cannot be written:
  /// the caller loses time only.
  bool save();

 private:
  struct Stored;
  void load();

  std::filesystem::path path_;
  std::unique_ptr<Stored> stored_;  ///< What the file has; never null.
  std::map<FileIdentity, Sha256Bytes> added_;
};

}  // namespace modulah::store
