// Files: reading with a bound, writing so that nobody ever sees half a file, and staying
// beneath a directory whatever a path says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/io.h"

namespace modulah {

/// Owns a file descriptor and closes it.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  /// Gives the descriptor away; the caller closes it.
  [[nodiscard]] int release() noexcept;

 private:
  int fd_ = -1;
};

/// Reads an open file from its current position; `path` is for messages.
class FileSource : public Source {
 public:
  /// Opens a regular file for reading. Throws Error not_found, denied or io; invalid for a FIFO or
  /// a device, which is not waited for.
  explicit FileSource(const std::filesystem::path& path);
  FileSource(FileDescriptor fd, std::filesystem::path path);
  std::size_t read(std::span<std::byte> buffer) override;
  /// Fills `buffer` with what is at `offset`, which changes nothing for `read`; returns how many
  /// bytes there are, fewer only at the file's end. Throws Error io, also for what has no places (a
  /// pipe).
  [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  FileDescriptor fd_;
  std::filesystem::path path_;
};

/// A whole file, read-only, mapped when it is large. The bytes live as long as the object.
/// A mapped file that somebody truncates meanwhile raises SIGBUS: so only for files that are
/// ours (the store's), or that are copied from at once.
class FileBytes {
 public:
  /// Throws Error not_found, denied or io; invalid when larger than `max_bytes` or not a regular
  /// file.
  FileBytes(const std::filesystem::path& path, std::uint64_t max_bytes);
  ~FileBytes();
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&&) = delete;
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
  std::vector<std::byte> owned_;  ///< Empty when mapped.
};

/// The content of a file, or of a pipe or FIFO, for which it waits: only for what the user named,
/// and may name as /dev/stdin or <(command). Throws Error not_found, denied, io; invalid when
/// larger than `max_bytes`.
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes);
/// The content of a regular file or /dev/null. Throws as `read_file`; invalid for anything else,
/// which is not waited for.
[[nodiscard]] std::string read_regular_file(const std::filesystem::path& path,
                                            std::uint64_t max_bytes);
/// The same as read_regular_file, or nothing when there is no such file.
[[nodiscard]] std::optional<std::string> read_file_if_exists(const std::filesystem::path& path,
                                                             std::uint64_t max_bytes);

/// What a power cut may do to a file that was just committed. In both cases a crash of the
/// program, at any moment, leaves the old file or the new one.
enum class Durability {
  /// Nothing waits for the disk, so a power failure soon after may leave the file empty. For what
  /// is checked when it is read and can be made again, and for what is synced later.
  lazy,
  /// `commit` returns when the file and its name are on the disk; takes milliseconds. For what
  /// nothing could replace: logins.
  synced,
};

/// A file that appears under its name, whole, on `commit`, replacing what was there; or never.
/// It is written beside the target under a name nobody else uses, and removed by the destructor
/// when it was not committed.
class AtomicFile : public Sink {
 public:
  /// `directory` is where the temporary file lies; it must be on the target's filesystem. The
  /// umask takes its bits from `mode`. The temporary name is ".tmp-<process id>-<number>"; the file
  /// is locked (flock) until it has its own.
  explicit AtomicFile(const std::filesystem::path& directory, unsigned mode = 0644);
  /// For a caller that has a lock: the temporary file has exactly this name, and what is there,
  /// left by a process that was killed, is replaced.
  struct ExactName {
    std::filesystem::path path;
  };
  AtomicFile(ExactName temporary, unsigned mode);
  ~AtomicFile() override;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes) override;
  /// Renames the file to `target`. Call once. Throws Error; then the target is unchanged.
  void commit(const std::filesystem::path& target, Durability durability = Durability::lazy);
  [[nodiscard]] const std::filesystem::path& temporary_path() const noexcept { return path_; }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
};

/// Makes what was written to an open file or directory survive a power failure. What the filesystem
/// cannot sync (EINVAL, EROFS) is left. `path` is for messages. Throws Error.
void sync_to_disk(int fd, const std::filesystem::path& path);
/// The same for the names in a directory. A directory that cannot be opened is left.
void sync_directory(const std::filesystem::path& directory);

/// Removes what AtomicFiles and TempDirs left in `directory` when their process was killed. Those
/// still in use, by whatever process, are recognized by their lock and stay; so does what cannot
/// be removed. Returns the bytes that were freed.
std::uint64_t remove_leftovers(const std::filesystem::path& directory) noexcept;

/// Makes a directory and its missing parents with mode 0700, whatever the umask is. Nothing when it
/// is there. Throws Error.
void make_private_directories(const std::filesystem::path& path);

/// Removes a file, or a directory with everything in it, however deep it is and whatever its
/// permissions are. No link is followed. False when something is left.
bool remove_tree(const std::filesystem::path& path) noexcept;

/// Writes `content` to `path` through an AtomicFile in the same directory.
void write_file(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644,
                Durability durability = Durability::lazy);

/// Sets the modification time of a cache's file or directory to now when it is more than a day old:
/// so it tells when it was last used, nearly, and reading does not mean writing each time. What
/// cannot be set stays as it is.
void note_use(const std::filesystem::path& path) noexcept;

/// A directory of our own below `parent`, with mode 0700, that is removed, with all in it, by the
/// destructor. What a link in it points to stays. It is locked (flock) as long as the object lives,
/// so that remove_leftovers() can tell it from one whose process was killed.
class TempDir {
 public:
  explicit TempDir(const std::filesystem::path& parent);
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// What happens while somebody else holds a lock that is waited for.
struct LockWait {
  /// When requested, waiting ends with Error cancelled.
  std::stop_token stop = {};
  /// Called once, when the wait has lasted a second, with the holder, e.g. "modulah (process 4711)"
  /// or "another process".
  std::function<void(const std::string& holder)> report = {};
};

/// Takes a lock (flock) on an open file. `path` is for messages. Throws Error.
enum class LockMode { shared, exclusive };
void lock_file(int fd, LockMode mode, const std::filesystem::path& path, const LockWait& wait = {});

/// An advisory lock (flock) on a file that is made, with mode 0600, when it is not there; released
/// by the destructor. Waits until it is free. Two locks in one process exclude each other like
/// those of two processes. A shared lock needs only the permission to read the file.
class FileLock {
 public:
  using Mode = LockMode;
  FileLock(const std::filesystem::path& path, Mode mode, const LockWait& wait = {});

 private:
  FileDescriptor fd_;
};

/// Opens `path` (relative) beneath the directory `root_fd`. `..`, absolute paths and symbolic
/// links never lead out of it: with openat2(RESOLVE_BENEATH) where the kernel has it, else by
/// walking the names one by one. `flags` are open(2)'s; O_CLOEXEC is always added. Links within
/// the root are followed unless O_NOFOLLOW is given, which is about the last name only.
/// An absolute link leads out, even when it names a place beneath the root.
/// Throws Error not_found, denied, io; invalid when the path leads out of the root.
[[nodiscard]] FileDescriptor open_beneath(int root_fd, std::string_view path, int flags,
                                          unsigned mode = 0);

}  // namespace modulah
