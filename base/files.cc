// Files: reading with a bound, and writing so that nobody ever sees half a file.
//
// Nothing here calls fsync: what the store keeps is content-addressed and checked when it is read,
// so a file that a power cut left short is found and made again. That is worth milliseconds a file.
#include "modulah/base/files.h"

#include <atomic>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah {

namespace {

/// Smaller files are read: mapping costs more than copying them.
constexpr std::uint64_t kMapBytes = 256 * 1024;
constexpr int kNameTries = 100;

std::string action(std::string_view verb, const std::filesystem::path& path) {
  return fmt::format("{} {}", verb, path.native());
}

FileDescriptor open_file(const std::filesystem::path& path, int flags, unsigned mode = 0) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) throw_system_error(action("open", path), errno);
  return FileDescriptor(fd);
}

/// A name below `directory` that no other process, and no other call in this one, uses.
std::filesystem::path temporary_name(const std::filesystem::path& directory) {
  static std::atomic<unsigned> counter = 0;
  return directory / fmt::format(".tmp-{}-{}", ::getpid(), counter++);
}

std::size_t read_some(int fd, std::span<std::byte> buffer, const std::filesystem::path& path) {
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw_system_error(action("read", path), errno);
  }
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) ::close(fd_);
  fd_ = other.release();
  return *this;
}

int FileDescriptor::release() noexcept {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

FileSource::FileSource(const std::filesystem::path& path)
    : fd_(open_file(path, O_RDONLY)), path_(path) {}

FileSource::FileSource(FileDescriptor fd, std::filesystem::path path)
    : fd_(std::move(fd)), path_(std::move(path)) {}

std::size_t FileSource::read(std::span<std::byte> buffer) {
  return read_some(fd_.get(), buffer, path_);
}

FileBytes::FileBytes(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const FileDescriptor fd = open_file(path, O_RDONLY);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_system_error(action("read", path), errno);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes)
    throw Error(ErrorKind::invalid, fmt::format("{} has {} bytes, more than the {} allowed",
                                                path.native(), size, max_bytes));
  if (S_ISREG(status.st_mode) && size >= kMapBytes) {
    void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (mapped == MAP_FAILED) throw_system_error(action("map", path), errno);
    bytes_ = {static_cast<const std::byte*>(mapped), size};
    return;
  }
  std::byte buffer[64 * 1024];
  while (const std::size_t count = read_some(fd.get(), buffer, path)) {
    if (owned_.size() + count > max_bytes)
      throw Error(ErrorKind::invalid,
                  fmt::format("{} has more than the {} bytes allowed", path.native(), max_bytes));
    owned_.insert(owned_.end(), buffer, buffer + count);
  }
  bytes_ = owned_;
}

FileBytes::~FileBytes() {
  if (owned_.empty() && !bytes_.empty())
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

FileBytes::FileBytes(FileBytes&& other) noexcept
    : bytes_(other.bytes_), owned_(std::move(other.owned_)) {
  other.bytes_ = {};
  other.owned_.clear();
}

std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  FileSource source(path);

  return read_all(source, max_bytes, path.native());
}

std::optional<std::string> read_file_if_exists(const std::filesystem::path& path,
                                               std::uint64_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (fd < 0) throw_system_error(action("open", path), errno);
  FileSource source(FileDescriptor(fd), path);
  return read_all(source, max_bytes, path.native());
}

AtomicFile::AtomicFile(const std::filesystem::path& directory, unsigned mode) {
  for (int i = 0; i < kNameTries; ++i) {
    path_ = temporary_name(directory);
    fd_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (fd_) return;
    if (errno != EEXIST) break;
  }
  const int error = errno;
  throw_system_error(action("make a file in", directory), error);
}

AtomicFile::~AtomicFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error(action("write", path_), errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::commit(const std::filesystem::path& target) {
  if (::rename(path_.c_str(), target.c_str()) != 0)
    throw_system_error(action("write", target), errno);
  path_.clear();
}

void write_file(const std::filesystem::path& path, std::string_view content, unsigned mode) {
  AtomicFile file(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."), mode);
  file.write(as_bytes(content));
  file.commit(path);
}

TempDir::TempDir(const std::filesystem::path& parent) {
  for (int i = 0; i < kNameTries; ++i) {
    path_ = temporary_name(parent);
    if (::mkdir(path_.c_str(), 0700) == 0) return;
    if (errno != EEXIST) break;
  }
  const int error = errno;
  throw_system_error(action("make a directory in", parent), error);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);  // Never follows links.
}

FileLock::FileLock(const std::filesystem::path& path, Mode mode)
    : fd_(open_file(path, O_RDWR | O_CREAT, 0644)) {
  while (::flock(fd_.get(), mode == Mode::exclusive ? LOCK_EX : LOCK_SH) != 0)
    if (errno != EINTR) throw_system_error(action("lock", path), errno);
}

}  // namespace modulah
