#include "blob_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/hash.h"
#include "modulah/base/tasks.h"

namespace modulah::store {

namespace {

/// The mark: no clock gives this number but once in a thousand million times, and a filesystem that
/// does not keep nanoseconds only costs the checks.
constexpr long kMarkNs = 240'815'162;
/// So many files are synced at once: a filesystem with a journal writes them with one commit.
constexpr unsigned kSyncThreads = 8;

bool has_mark(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_mtim.tv_nsec == kMarkNs;
}

/// Marks the file; `seconds` become its time.
void set_mark(const std::filesystem::path& path, std::time_t seconds) {
  const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, timespec{seconds, kMarkNs}};
  // Somebody else's file cannot be marked; then it is checked again the next time.
  (void)::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
}

void sync_blob(const std::filesystem::path& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd) return sync_to_disk(fd.get(), path);
  if (errno != ENOENT) throw_system_error(fmt::format("open {}", path.native()), errno);
}

void sync_blobs(const std::filesystem::path& directory, const std::vector<std::string>& names) {
  TaskGroup tasks(std::min<unsigned>(kSyncThreads, static_cast<unsigned>(names.size())));
  for (const std::string& name : names)
    tasks.run([&](std::stop_token stop) {
      if (!stop.stop_requested()) sync_blob(directory / name);
    });
  tasks.wait();
}

}  // namespace

bool is_settled(const std::filesystem::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && has_mark(status);
}

BlobFiles::BlobFiles(std::filesystem::path directory, bool is_synced)
    : directory_(std::move(directory)), is_synced_(is_synced) {}

bool BlobFiles::is_present(const oci::Digest& digest, std::uint64_t size) const {
  struct stat status {};
  return ::stat(path_of(digest.hex()).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == size;
}

bool BlobFiles::has_right_bytes(const oci::Digest& digest, std::uint64_t size) const {
  if (!is_present(digest, size)) return false;
  try {
    FileSource file(path_of(digest.hex()));
    Sha256Sink hash;
    // A file that grows meanwhile has the wrong bytes, too.
    return copy(file, hash) == size && oci::Digest::from(hash.finish()) == digest;
  } catch (const Error&) {
    return false;  // By contract: what cannot be read is not there.
  }
}

bool BlobFiles::is_good(const oci::Digest& digest, std::uint64_t size) {
  struct stat status {};
  if (::stat(path_of(digest.hex()).c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) != size)
    return false;
  if (has_mark(status)) return true;
  {
    const std::scoped_lock lock(mutex_);
    if (good_.contains(digest.hex())) return true;
  }
  if (!has_right_bytes(digest, size)) return false;
  note_written(digest);
  return true;
}

void BlobFiles::note_written(const oci::Digest& digest) {
  const std::scoped_lock lock(mutex_);
  good_.emplace(digest.hex());
}

void BlobFiles::note_damaged(const oci::Digest& digest) noexcept {
  (void)::utimensat(AT_FDCWD, path_of(digest.hex()).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
  const std::scoped_lock lock(mutex_);
  if (const auto found = good_.find(digest.hex()); found != good_.end()) good_.erase(found);
}

void BlobFiles::renew(const oci::Digest& digest) noexcept {
  const std::filesystem::path path = directory_ / digest.hex();
  if (is_settled(path)) set_mark(path, std::time(nullptr));
}

bool BlobFiles::has_unsettled() const {
  const std::scoped_lock lock(mutex_);
  return !good_.empty();
}

std::vector<std::string> BlobFiles::find_unsettled(const HexDigests& needed) {
  std::vector<std::string> found;
  {
    const std::scoped_lock lock(mutex_);
    found.assign(good_.begin(), good_.end());
  }
  const std::size_t own = found.size();
  for (const std::string& hex : needed) {
    struct stat status {};
    // What a document names need not be a blob of ours: layers have diff ids as well.
    if (::stat(path_of(hex).c_str(), &status) != 0 || has_mark(status)) continue;
    if (std::binary_search(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(own), hex))
      continue;
    const oci::Digest digest = oci::Digest::parse("sha256:" + hex);
    if (!has_right_bytes(digest, static_cast<std::uint64_t>(status.st_size)))
      throw Error(
          ErrorKind::corrupt,
          fmt::format("{} does not have the bytes that its name says", path_of(hex).native()),
          "Run 'modulah fsck --repair', then build or pull the image again.");
    found.push_back(hex);
  }
  return found;
}

void BlobFiles::settle(const HexDigests& needed) {
  const std::vector<std::string> names = find_unsettled(needed);
  if (names.empty()) return;
  if (is_synced_) {
    sync_blobs(directory_, names);
    sync_directory(directory_);
  }
  for (const std::string& name : names) {
    struct stat status {};
    // The time itself says when an image was added, and stays.
    if (::stat(path_of(name).c_str(), &status) == 0) set_mark(path_of(name), status.st_mtim.tv_sec);
  }
  const std::scoped_lock lock(mutex_);
  for (const std::string& name : names) good_.erase(name);
}

}  // namespace modulah::store
