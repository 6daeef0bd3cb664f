#include "users_lock.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::store {

UsersLock::UsersLock(const std::filesystem::path& path)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (!fd_) throw_system_error(fmt::format("open {}", path_.native()), errno);
  take_shared();
}

std::optional<UsersLock> UsersLock::for_reader(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return std::nullopt;
  while (::flock(fd.get(), LOCK_SH) != 0)
    if (errno != EINTR) return std::nullopt;
  return UsersLock(path, std::move(fd));
}

void UsersLock::take_shared() {
  while (::flock(fd_.get(), LOCK_SH) != 0)
    if (errno != EINTR) throw_system_error(fmt::format("lock {}", path_.native()), errno);
}

bool UsersLock::alone(const std::function<void()>& action) {
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    take_shared();  // A conversion that fails may have lost the shared lock.
    if (error != EWOULDBLOCK && error != EINTR)
      throw_system_error(fmt::format("lock {}", path_.native()), error);
    return false;
  }
  try {
    action();
  } catch (...) {
    take_shared();
    throw;
  }
  take_shared();
  return true;
}

}  // namespace modulah::store
