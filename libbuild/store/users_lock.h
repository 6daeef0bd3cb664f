// Who is using a store for writing; internal. Everyone who writes holds the lock shared, who
// removes blobs needs it alone.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <utility>

#include "modulah/base/files.h"

namespace modulah::store {

/// An advisory lock (flock) on a file that is made when it is not there. Released by the
/// destructor. Not safe for use from two threads at once.
class UsersLock {
 public:
  /// Takes the lock shared; waits while somebody removes blobs. Throws Error.
  UsersLock(const std::filesystem::path& path, LockWait wait);

  /// The same for a reader, who makes no file: nothing when there is none that can be locked, as in
  /// a store of somebody else or on a read-only disk.
  static std::optional<UsersLock> for_reader(const std::filesystem::path& path, LockWait wait);

  /// Calls `action` while nobody else holds the lock; afterwards it is shared again. False, and
  /// `action` is not called, when others hold it.
  bool alone(const std::function<void()>& action);

 private:
  UsersLock(std::filesystem::path path, FileDescriptor fd, LockWait wait)
      : path_(std::move(path)), fd_(std::move(fd)), wait_(std::move(wait)) {}
  void take_shared();

  std::filesystem::path path_;
  FileDescriptor fd_;
  LockWait wait_;
};

}  // namespace modulah::store
