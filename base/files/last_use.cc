// When a file of a cache was last used, kept as its modification time: access times are switched
// off on many machines, and changed by whoever only looks.
#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>

#include "modulah/base/files.h"

namespace modulah {

void note_use(const std::filesystem::path& path) noexcept {
  constexpr std::time_t kDay = 24 * 60 * 60;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0 || now.tv_sec - status.st_mtim.tv_sec < kDay)
    return;
  (void)::utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

}  // namespace modulah
