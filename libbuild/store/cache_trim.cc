// Walking through a cache's folders and removing the oldest entries: see cache_trim.h.
#include "modulah/store/cache_trim.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/temporary_name.h"

namespace modulah::store {

namespace {

namespace fs = std::filesystem;
using Holds = CacheFolder::Holds;

constexpr std::int64_t kWalkSeconds = 60 * 60;
constexpr std::uint64_t kBlockBytes = 4096;

struct CacheEntry {
  fs::path path;
  std::int64_t last_use = 0;  ///< In seconds since 1970.
  std::uint64_t bytes = 0;
};

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::uint64_t rounded(std::uint64_t bytes) {
  return (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

/// Calls `visit` with the paths in a directory. Entries that vanish meanwhile are not an error.
template <typename Visit>
void for_each_in(const fs::path& directory, Visit&& visit) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    visit(entry->path());
}

std::uint64_t bytes_below(const fs::path& directory) {
  std::uint64_t total = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator file(directory, error), end; !error && file != end;
       file.increment(error)) {
    struct stat status {};
    if (::lstat(file->path().c_str(), &status) != 0) continue;
    total +=
        S_ISDIR(status.st_mode) ? kBlockBytes : rounded(static_cast<std::uint64_t>(status.st_size));
  }
  return total;
}

/// Moves a directory away and then removes it, so that nobody sees half of it. False when it is in
/// use.
bool remove_directory(const fs::path& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return false;
  (void)::fchmod(fd.get(), 0700);  // A directory can be moved only by who may write to it.
  // A rename takes no room, so this works on a full disk. Killed in between, we leave a directory
  // with a temporary name that nobody has locked.
  fs::path trash;
  const int error_number = make_temporary(path.parent_path(), trash, [&](const fs::path& name) {
    struct stat there {};
    if (::lstat(name.c_str(), &there) == 0) return EEXIST;
    return ::rename(path.c_str(), name.c_str()) == 0 ? 0 : errno;
  });
  return error_number == 0 && remove_tree(trash);
}

/// Removes an entry, whatever it is. False when it stays, or was gone.
bool remove_entry(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(fs::symlink_status(path, error))) return remove_directory(path);
  return fs::remove(path, error) && !error;
}

/// The entries of the folders; leftovers are removed on the way.
class Walk {
 public:
  explicit Walk(std::span<const CacheFolder> folders) {
    for (const CacheFolder& folder : folders) {
      leftover_bytes += remove_leftovers(folder.path);
      for_each_in(folder.path, [&](const fs::path& path) {
        if (folder.holds != Holds::records || is_temporary(path)) return add(path, folder.holds);
        leftover_bytes += remove_leftovers(path);
        for_each_in(path, [&](const fs::path& record) { add(record, Holds::records); });
      });
    }
  }

  std::vector<CacheEntry> entries;
  std::uint64_t bytes = 0;
  std::uint64_t leftover_bytes = 0;  ///< Of what killed processes left, which is gone.

 private:
  static bool is_temporary(const fs::path& path) {
    return path.filename().native().starts_with(".tmp-");
  }

  void add(const fs::path& path, Holds holds) {
    struct stat status {};
    if (is_temporary(path) || ::lstat(path.c_str(), &status) != 0) return;
    if (S_ISDIR(status.st_mode) != (holds == Holds::directories)) return;
    const std::uint64_t size = S_ISDIR(status.st_mode)
                                   ? bytes_below(path)
                                   : rounded(static_cast<std::uint64_t>(status.st_size));
    entries.push_back({path, std::int64_t{status.st_mtim.tv_sec}, size});
    bytes += size;
  }
};

}  // namespace

CacheUse measure_caches(std::span<const CacheFolder> folders) {
  const Walk walk(folders);
  return {walk.entries.size(), walk.bytes};
}

std::uint64_t trim_caches(std::span<const CacheFolder> folders, const CacheLimits& limits) {
  Walk walk(folders);
  if (walk.bytes <= limits.max_bytes && walk.entries.size() <= limits.max_entries)
    return walk.leftover_bytes;
  std::sort(walk.entries.begin(), walk.entries.end(), [](const CacheEntry& a, const CacheEntry& b) {
    return a.last_use != b.last_use ? a.last_use < b.last_use : a.path < b.path;
  });
  const std::uint64_t wanted_bytes = limits.max_bytes / 5 * 4;
  const std::size_t wanted_entries = limits.max_entries / 5 * 4;
  std::uint64_t bytes = walk.bytes;
  std::size_t count = walk.entries.size();
  std::uint64_t freed = walk.leftover_bytes;
  for (const CacheEntry& entry : walk.entries) {
    if (bytes <= wanted_bytes && count <= wanted_entries) break;
    if (!remove_entry(entry.path)) continue;
    bytes -= entry.bytes;
    freed += entry.bytes;
    --count;
  }
  return freed;
}

std::uint64_t trim_caches_when_due(const fs::path& stamp, std::span<const CacheFolder> folders,
                                   const CacheLimits& limits) {
  const FileDescriptor fd(::open(stamp.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return 0;
  // A new stamp is younger than an hour as well: a cache that begins needs no walk.
  const std::int64_t age = now() - std::int64_t{status.st_mtim.tv_sec};
  if (age >= 0 && age < kWalkSeconds) return 0;
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return 0;
  // The time first, so that a process that comes during our walk does not walk as well.
  if (::futimens(fd.get(), nullptr) != 0) return 0;
  return trim_caches(folders, limits);
}

std::optional<DirectoryUse> DirectoryUse::begin(const fs::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return std::nullopt;
  while (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return std::nullopt;
    break;  // A file system without locks: there nothing is trimmed, either.
  }
  // It may have been moved away before it was locked.
  struct stat held {};
  struct stat there {};
  if (::fstat(fd.get(), &held) != 0 || ::lstat(path.c_str(), &there) != 0 ||
      held.st_ino != there.st_ino || held.st_dev != there.st_dev)
    return std::nullopt;
  return DirectoryUse(std::move(fd));
}

}  // namespace modulah::store
