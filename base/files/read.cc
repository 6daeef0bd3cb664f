// Reading files whole or in pieces, with a bound on what is taken into memory.
#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah {

namespace {

/// Mapping costs a few page faults and system calls; below this size a copy is quicker.
constexpr std::uint64_t kMapBytes = 64 * 1024;

FileDescriptor open_to_read(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) throw_system_error(fmt::format("open {}", path.native()), errno);
  return fd;
}

const char* kind_name(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

/// Throws when `fd` is neither a regular file nor /dev/null, which many name for an empty file.
void check_regular(int fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_system_error(fmt::format("read {}", path.native()), errno);
  if (S_ISDIR(status.st_mode)) throw_system_error(fmt::format("read {}", path.native()), EISDIR);
  if (S_ISREG(status.st_mode) || (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)))
    return;
  throw Error(ErrorKind::invalid, fmt::format("{} is {}, not a regular file", path.native(),
                                              kind_name(status.st_mode)));
}

/// Nothing, with errno, when it cannot be opened. Without O_NONBLOCK a FIFO would wait for a
/// writer.
FileDescriptor open_regular(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd && errno == ENXIO)
    throw Error(ErrorKind::invalid,
                fmt::format("{} is a socket, not a regular file", path.native()));
  if (fd) check_regular(fd.get(), path);
  return fd;
}

FileDescriptor require_regular(const std::filesystem::path& path) {
  FileDescriptor fd = open_regular(path);
  if (!fd) throw_system_error(fmt::format("open {}", path.native()), errno);
  return fd;
}

std::size_t read_some(int fd, std::span<std::byte> buffer, const std::filesystem::path& path) {
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw_system_error(fmt::format("read {}", path.native()), errno);
  }
}

[[noreturn]] void throw_too_large(const std::filesystem::path& path, std::uint64_t max_bytes) {
  throw Error(ErrorKind::invalid,
              fmt::format("{} is larger than the {} bytes allowed", path.native(), max_bytes));
}

/// The size that a regular file has now; 0 for all else, and for files like those in /proc
/// that do not tell.
std::uint64_t told_size(int fd) {
  struct stat status;
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

/// Reads to the end of `fd`, which may be a pipe or a file that grows meanwhile.
/// `Bytes` is a string or a vector of bytes.
template <typename Bytes>
Bytes read_to_end(int fd, const std::filesystem::path& path, std::uint64_t max_bytes) {
  const std::uint64_t size = told_size(fd);
  if (size > max_bytes) throw_too_large(path, max_bytes);
  Bytes bytes;
  std::size_t used = 0;
  // One byte more than the size, so that the read which finds the end needs no more room.
  bytes.resize(std::max<std::size_t>(static_cast<std::size_t>(size) + 1, 4096));
  for (;;) {
    const auto room = std::as_writable_bytes(std::span(bytes)).subspan(used);
    const std::size_t count = read_some(fd, room, path);
    if (count == 0) break;
    used += count;
    if (used > max_bytes) throw_too_large(path, max_bytes);
    if (used == bytes.size()) bytes.resize(bytes.size() * 2);
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

FileSource::FileSource(const std::filesystem::path& path)
    : fd_(require_regular(path)), path_(path) {}

FileSource::FileSource(FileDescriptor fd, std::filesystem::path path)
    : fd_(std::move(fd)), path_(std::move(path)) {}

std::size_t FileSource::read(std::span<std::byte> buffer) {
  return read_some(fd_.get(), buffer, path_);
}

std::size_t FileSource::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const auto room = buffer.subspan(done);
    const ssize_t count =
        ::pread(fd_.get(), room.data(), room.size(), static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count > 0)
      done += static_cast<std::size_t>(count);
    else if (errno != EINTR)
      throw_system_error(fmt::format("read {}", path_.native()), errno);
  }
  return done;
}

FileBytes::FileBytes(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const FileDescriptor fd = require_regular(path);
  const std::uint64_t size = told_size(fd.get());
  if (size > max_bytes) throw_too_large(path, max_bytes);
  if (size >= kMapBytes) {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (address != MAP_FAILED) {
      ::madvise(address, size, MADV_SEQUENTIAL);
      bytes_ = {static_cast<const std::byte*>(address), static_cast<std::size_t>(size)};
      return;
    }
    // Some filesystems cannot map; all can read.
  }
  owned_ = read_to_end<std::vector<std::byte>>(fd.get(), path, max_bytes);
  bytes_ = owned_;
}

FileBytes::~FileBytes() {
  if (owned_.empty() && !bytes_.empty())
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

FileBytes::FileBytes(FileBytes&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), owned_(std::move(other.owned_)) {
  other.owned_.clear();
}

std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_to_end<std::string>(open_to_read(path).get(), path, max_bytes);
}

std::string read_regular_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return read_to_end<std::string>(require_regular(path).get(), path, max_bytes);
}

std::optional<std::string> read_file_if_exists(const std::filesystem::path& path,
                                               std::uint64_t max_bytes) {
  const FileDescriptor fd = open_regular(path);
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd) throw_system_error(fmt::format("open {}", path.native()), errno);
  return read_to_end<std::string>(fd.get(), path, max_bytes);
}

}  // namespace modulah
