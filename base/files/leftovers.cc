// What killed processes leave: files and directories with a temporary name that nobody has locked
// any more. And directories that only their owner may enter.
#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/temporary_name.h"

namespace modulah {

namespace {

std::uint64_t bytes_in(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return 0;
  if (!S_ISDIR(status.st_mode)) return static_cast<std::uint64_t>(status.st_size);
  std::uint64_t total = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator file(path, error), end; !error && file != end;
       file.increment(error))
    if (::lstat(file->path().c_str(), &status) == 0 && S_ISREG(status.st_mode))
      total += static_cast<std::uint64_t>(status.st_size);
  return total;
}

/// Removes a file or directory with a temporary name, unless somebody has it locked; returns its
/// bytes.
std::uint64_t remove_leftover(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return 0;
  const bool is_directory = S_ISDIR(status.st_mode);
  if (!is_directory && !S_ISREG(status.st_mode)) return 0;
  const int flags = is_directory ? O_RDONLY | O_DIRECTORY : O_RDONLY;
  const FileDescriptor fd(::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return 0;
  const std::uint64_t bytes = bytes_in(path);
  return remove_tree(path) ? bytes : 0;
}

}  // namespace

std::uint64_t remove_leftovers(const std::filesystem::path& directory) noexcept {
  std::uint64_t freed = 0;
  try {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error))
      if (is_temporary_name(entry->path().filename().native())) found.push_back(entry->path());
    for (const std::filesystem::path& path : found) freed += remove_leftover(path);
  } catch (const std::exception&) {
    // Out of memory: the next command removes them.
  }
  return freed;
}

void make_private_directories(const std::filesystem::path& path) {
  // From the innermost that is there to the last: mkdir -p, but private whatever the umask is.
  std::vector<std::filesystem::path> missing;
  for (std::filesystem::path next = path; !next.empty(); next = next.parent_path()) {
    struct stat status {};
    if (::stat(next.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) break;
      throw_system_error(fmt::format("make the directory {}", path.native()), ENOTDIR);
    }
    if (errno != ENOENT)
      throw_system_error(fmt::format("make the directory {}", path.native()), errno);
    missing.push_back(next);
    if (next == next.parent_path()) break;
  }
  for (auto next = missing.rbegin(); next != missing.rend(); ++next)
    if (::mkdir(next->c_str(), 0700) != 0 && errno != EEXIST)
      throw_system_error(fmt::format("make the directory {}", path.native()), errno);
}

}  // namespace modulah
