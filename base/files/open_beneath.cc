// open_beneath: the kernel does it in one call where it has openat2 (Linux 5.6).
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>
#include <linux/openat2.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

#include "files/walk_beneath.h"

namespace modulah {

namespace {

/// The kernel gives up with EAGAIN when directories were renamed meanwhile.
constexpr int kTries = 16;

int open_by_kernel(int root_fd, const std::string& path, int flags, unsigned mode) {
  open_how how = {};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  // O_TMPFILE has the bit of O_DIRECTORY in it, and a mode for a call that makes nothing is
  // refused.
  const bool makes_file = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  how.mode = makes_file ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long fd = -1;
  for (int i = 0; i < kTries; ++i) {
    fd = ::syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return static_cast<int>(fd);
}

/// Whether openat2 itself is refused. Sandboxes say EPERM for a call that they do not know;
/// when it was the file that is not permitted, walking finds the same.
bool is_call_refused(int error_number) { return error_number == ENOSYS || error_number == EPERM; }

}  // namespace

void throw_beneath_error(std::string_view path, int error_number) {
  if (error_number == EXDEV)
    throw Error(ErrorKind::invalid, fmt::format("path \"{}\" leads out of its root", path),
                "A path or link may go up with \"..\" only as far as the root directory.");
  throw_system_error(fmt::format("open {}", path), error_number);
}

FileDescriptor open_beneath(int root_fd, std::string_view path, int flags, unsigned mode) {
  if (path.find('\0') != std::string_view::npos) throw_beneath_error(path, EINVAL);
  FileDescriptor fd(open_by_kernel(root_fd, std::string(path), flags, mode));
  if (fd) return fd;
  if (is_call_refused(errno)) return walk_beneath(root_fd, path, flags, mode);
  throw_beneath_error(path, errno);
}

}  // namespace modulah
