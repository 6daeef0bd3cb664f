// FileDescriptor and FileLock: things that are open until their object ends.
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() noexcept { return std::exchange(fd_, -1); }

FileLock::FileLock(const std::filesystem::path& path, Mode mode) {
  // A shared lock is opened for reading, so that a store on read-only media can be read.
  const int access = mode == Mode::shared ? O_RDONLY : O_RDWR;
  fd_ = FileDescriptor(::open(path.c_str(), access | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644));
  if (!fd_) throw_system_error(fmt::format("lock {}", path.native()), errno);
  while (::flock(fd_.get(), mode == Mode::shared ? LOCK_SH : LOCK_EX) != 0)
    if (errno != EINTR) throw_system_error(fmt::format("lock {}", path.native()), errno);
}

}  // namespace modulah
