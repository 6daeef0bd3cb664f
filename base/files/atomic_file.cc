// AtomicFile: written under a temporary name, then renamed, so that a reader sees the old
// file, or the whole new one, and never a part.
#include <cerrno>
#include <utility>

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

/// `file`'s directory, in a form that can be opened.
std::filesystem::path directory_of(const std::filesystem::path& file) {
  const std::filesystem::path directory = file.parent_path();
  return directory.empty() ? std::filesystem::path(".") : directory;
}

/// Locks a file that was just made, for as long as it is open. False: remove_leftovers() was here
/// in between and has removed it. On a filesystem without locks nothing is removed, either.
bool lock_new_file(int fd) {
  while (::flock(fd, LOCK_EX) != 0)
    if (errno != EINTR) return true;
  struct stat status {};
  return ::fstat(fd, &status) != 0 || status.st_nlink != 0;
}

}  // namespace

void sync_to_disk(int fd, const std::filesystem::path& path) {
  struct stat status {};
  // Of a file the size counts and the times do not; what counts of a directory are its names.
  const bool is_file = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  while ((is_file ? ::fdatasync(fd) : ::fsync(fd)) != 0) {
    if (errno == EINVAL || errno == EROFS) return;
    if (errno != EINTR) throw_system_error(fmt::format("write {}", path.native()), errno);
  }
}

void sync_directory(const std::filesystem::path& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) sync_to_disk(fd.get(), directory);
}

AtomicFile::AtomicFile(const std::filesystem::path& directory, unsigned mode) {
  const int error_number = make_temporary(directory, path_, [&](const auto& path) {
    fd_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd_) return errno;
    return lock_new_file(fd_.get()) ? 0 : EEXIST;
  });
  if (error_number != 0)
    throw_system_error(fmt::format("create a file in {}", directory.native()), error_number);
}

AtomicFile::AtomicFile(ExactName temporary, unsigned mode) : path_(std::move(temporary.path)) {
  ::unlink(path_.c_str());
  fd_ = FileDescriptor(
      ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd_) throw_system_error(fmt::format("create {}", path_.native()), errno);
}

AtomicFile::~AtomicFile() {
  if (fd_) ::unlink(path_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw_system_error(fmt::format("write {}", path_.native()), errno);
    }
  }
}

void AtomicFile::commit(const std::filesystem::path& target, Durability durability) {
  if (durability == Durability::synced) sync_to_disk(fd_.get(), path_);
  if (::rename(path_.c_str(), target.c_str()) != 0)
    throw_system_error(fmt::format("rename {} to {}", path_.native(), target.native()), errno);
  fd_ = FileDescriptor();
  if (durability == Durability::synced) sync_directory(directory_of(target));
}

void write_file(const std::filesystem::path& path, std::string_view content, unsigned mode,
                Durability durability) {
  with_context([&] { return fmt::format("write {}", path.native()); },
               [&] {
                 AtomicFile file(directory_of(path), mode);
                 file.write(as_bytes(content));
                 file.commit(path, durability);
               });
}

}  // namespace modulah
