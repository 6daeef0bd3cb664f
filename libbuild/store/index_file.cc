#include "index_file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/files.h"
#include "modulah/base/system_error.h"

namespace modulah::store {

namespace {

/// How much larger than the index the reserve is: some names more do not make it too small.
constexpr std::size_t kReserveSlack = 64 * 1024;

}  // namespace

void IndexFile::write(std::string_view text) const {
  try {
    write_new(text);
  } catch (const SystemError& error) {
    if (!error.is_disk_full() || !write_reserve(text)) throw;
    return;  // A new reserve would not fit.
  }
  keep_reserve(text.size());
}

void IndexFile::write_new(std::string_view text) const {
  AtomicFile file(temporary, mode);
  file.write(as_bytes(text));
  file.commit(path, is_synced ? Durability::synced : Durability::lazy);
}

bool IndexFile::write_reserve(std::string_view text) const {
  if (!reserve) return false;
  const FileDescriptor fd(::open(reserve->c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) < text.size())
    return false;
  for (std::string_view left = text; !left.empty();) {
    const ssize_t count = ::write(fd.get(), left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;  // A filesystem that never writes in place.
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::ftruncate(fd.get(), static_cast<off_t>(text.size())) != 0) return false;
  if (is_synced) sync_to_disk(fd.get(), *reserve);
  if (::rename(reserve->c_str(), path.c_str()) != 0)
    throw_system_error(fmt::format("rename {} to {}", reserve->native(), path.native()), errno);
  if (is_synced) sync_directory(path.parent_path());
  return true;
}

void IndexFile::keep_reserve(std::size_t text_bytes) const noexcept {
  if (!reserve) return;
  struct stat status {};
  if (::lstat(reserve->c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
      static_cast<std::uint64_t>(status.st_size) >= text_bytes + kReserveSlack / 2)
    return;
  try {
    AtomicFile file(temporary, mode);
    // Where blocks cannot be allocated, or there are none left, removing works without a reserve as
    // long as it frees space.
    if (::posix_fallocate(file.fd(), 0, static_cast<off_t>(text_bytes + kReserveSlack)) != 0)
      return;
    file.commit(*reserve);
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace modulah::store
