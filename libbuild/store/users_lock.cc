#include "users_lock.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::store {

UsersLock::UsersLock(const std::filesystem::path& path, LockWait wait)
    : path_(path),
      fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600)),
      wait_(std::move(wait)) {
  if (!fd_) throw_system_error(fmt::format("open {}", path_.native()), errno);
  take_shared();
}

std::optional<UsersLock> UsersLock::for_reader(const std::filesystem::path& path, LockWait wait) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return std::nullopt;
  UsersLock lock(path, std::move(fd), std::move(wait));
  try {
    lock.take_shared();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    return std::nullopt;  // A filesystem without locks.
  }
  return lock;
}

void UsersLock::take_shared() { lock_file(fd_.get(), LockMode::shared, path_, wait_); }

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
