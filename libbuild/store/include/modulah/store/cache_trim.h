// Keeping caches small: what was not used for the longest time goes first.
//
// Everything in a cache can be made again, so the only question is when to look. Looking means
// walking through the folders, which a build that does nothing new must not pay for: who has just
// written something new calls `trim_caches_when_due`, and that looks at one file, whose time tells
// when the last walk was; an hour later it walks again. Between two walks a cache can be larger
// than its limits by what is made in an hour.
//
// When something was last used is its modification time, which `note_use` (base) moves on at
// most once a day. Entries are removed down to 80 % of the limits, so that not every walk ends in
// removing a few.
//
// Several processes may use and trim a cache at once. A file that is removed while somebody reads
// it stays readable for them. A directory in use is held by a DirectoryUse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include "modulah/base/files.h"

namespace modulah::store {

/// One folder of a cache. What is written there gets its name by a rename; names that begin with
/// ".tmp-" are things in the making, and leftovers when nobody has them locked.
struct CacheFolder {
  enum class Holds {
    files,        ///< <folder>/<name>
    records,      ///< <folder>/<2 digits>/<name>, as StepCache has them.
    directories,  ///< <folder>/<name>/…: each is one entry.
  };
  std::filesystem::path path;
  Holds holds = Holds::files;
};

/// How much all folders of a call may hold together.
struct CacheLimits {
  std::uint64_t max_bytes = std::uint64_t{2} << 30;  ///< Each file rounded up to 4 KiB.
  std::size_t max_entries = 20'000;
};

/// What a cache holds.
struct CacheUse {
  std::size_t entries = 0;
  std::uint64_t bytes = 0;  ///< Each file rounded up to 4 KiB.
};

/// Looks through the folders; those that are not there hold nothing. Never throws Error.
[[nodiscard]] CacheUse measure_caches(std::span<const CacheFolder> folders);

/// Removes entries until the folders are within the limits; limits of 0 empty them. Folders need
/// not be there; what cannot be removed is left. Returns how many bytes were freed. Never throws
/// Error.
std::uint64_t trim_caches(std::span<const CacheFolder> folders, const CacheLimits& limits);

/// The same when the last time was more than an hour ago, as the file `stamp` tells (it is made
/// when it is not there), and nobody else is at it.
std::uint64_t trim_caches_when_due(const std::filesystem::path& stamp,
                                   std::span<const CacheFolder> folders,
                                   const CacheLimits& limits = {});

/// Keeps a directory of a cache from being trimmed as long as it lives. Movable.
class DirectoryUse {
 public:
  /// Nothing when there is no directory at `path`, or it is being removed.
  [[nodiscard]] static std::optional<DirectoryUse> begin(const std::filesystem::path& path);

 private:
  explicit DirectoryUse(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace modulah::store
