// TempDir, and the removal of a tree that may have been unpacked from somebody's archive.
//
// Such a tree can be deeper than a process may have files open or a stack may grow, may have
// directories without permissions, and may be changed while it is removed. So nothing here
// goes down the tree: directories that are not empty are moved up to the top, one after
// the other, until there is only one level. No name is ever followed: a link is removed, not
// what it points to.
#include <cerrno>
#include <string>
#include <vector>

#include <dirent.h>
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

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// The names in a directory, without "." and "..", or none when it cannot be read.
std::vector<std::string> names_in(int fd) {
  std::vector<std::string> names;
  const int own_fd = ::openat(fd, ".", kOpenDirectory);
  DIR* directory = own_fd < 0 ? nullptr : ::fdopendir(own_fd);
  if (directory == nullptr) {
    if (own_fd >= 0) ::close(own_fd);
    return names;
  }
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(directory);
  return names;
}

/// Removes `name` if it is anything but a directory with something in it.
bool remove_one(int directory, const std::string& name) {
  return ::unlinkat(directory, name.c_str(), 0) == 0 ||
         ::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0;
}

/// Empties the directory `name` in `top`: what is a directory with something in it moves to
/// `top` under a name made of `counter`.
bool empty_into(int top, const std::string& name, unsigned long& counter) {
  FileDescriptor directory(::openat(top, name.c_str(), kOpenDirectory));
  if (!directory) {
    // Without the permission to read it; O_PATH needs none, and the link in /proc leads to
    // what was opened even when the name is something else by now.
    const FileDescriptor handle(
        ::openat(top, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!handle) return false;
    ::chmod(fmt::format("/proc/self/fd/{}", handle.get()).c_str(), 0700);
    directory = FileDescriptor(::openat(top, name.c_str(), kOpenDirectory));
    if (!directory) return false;
  }
  ::fchmod(directory.get(), 0700);
  bool is_changed = false;
  for (const std::string& child : names_in(directory.get())) {
    if (remove_one(directory.get(), child)) {
      is_changed = true;
      continue;
    }
    // A directory can be moved only by who may write to it, because its ".." changes.
    ::fchmodat(directory.get(), child.c_str(), 0700, 0);
    const std::string place = fmt::format(".removed-{}", counter++);
    if (::renameat(directory.get(), child.c_str(), top, place.c_str()) == 0) is_changed = true;
  }
  return is_changed;
}

/// Removes all in `top` as far as permissions allow.
void remove_all_in(int top) {
  unsigned long counter = 0;
  for (bool is_changed = true; is_changed;) {
    is_changed = false;
    for (const std::string& name : names_in(top))
      if (remove_one(top, name) || empty_into(top, name, counter)) is_changed = true;
  }
}

}  // namespace

bool remove_tree(const std::filesystem::path& path) noexcept {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return true;
  FileDescriptor fd(::open(path.c_str(), kOpenDirectory));
  if (!fd) {
    ::chmod(path.c_str(), 0700);
    fd = FileDescriptor(::open(path.c_str(), kOpenDirectory));
  }
  if (fd) {
    ::fchmod(fd.get(), 0700);
    try {
      remove_all_in(fd.get());
    } catch (const std::exception&) {
      return false;  // Out of memory: what is left is found by the next removal.
    }
  }
  return ::rmdir(path.c_str()) == 0;
}

TempDir::TempDir(const std::filesystem::path& parent) {
  const int error_number = make_temporary(parent, path_, [&](const auto& path) {
    if (::mkdir(path.c_str(), 0700) != 0) return errno;
    lock_ = FileDescriptor(::open(path.c_str(), kOpenDirectory));
    if (!lock_) return errno == ENOENT ? EEXIST : 0;
    while (::flock(lock_.get(), LOCK_EX) != 0)
      if (errno != EINTR) return 0;  // A filesystem without locks.
    // remove_leftovers() may have taken it before it was locked: then there is another name.
    struct stat status {};
    return ::lstat(path.c_str(), &status) != 0 ? EEXIST : 0;
  });
  if (error_number != 0)
    throw_system_error(fmt::format("create a directory in {}", parent.native()), error_number);
}

TempDir::~TempDir() { remove_tree(path_); }

}  // namespace modulah
