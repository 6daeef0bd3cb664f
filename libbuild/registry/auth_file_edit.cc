// Changes auth files under a lock.
//
// podman and docker replace the whole file and take no lock, so two logins at once may leave only
// one entry. Our own commands take a lock on the file's directory, which needs no lock file. To
// protect the changes of other programs, the file is checked once more right before it is replaced,
// which leaves a window of some microseconds.
#include "auth_file_edit.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/json.h"
#include "modulah/registry/credentials.h"

namespace modulah::registry {

namespace {

using std::chrono::milliseconds;

constexpr unsigned kPrivate = 0600;
constexpr milliseconds kLongestWait{30'000};
constexpr milliseconds kFirstPause{5};
constexpr milliseconds kLongestPause{100};
/// How often the file may be changed by others while it is being edited.
constexpr int kMaxEdits = 100;

/// Waits; throws Error cancelled as soon as `stop` is requested.
void pause_for(milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
  if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "the wait for a lock was stopped");
}

/// Excludes other processes, and other threads, from a directory's auth files.
class DirectoryLock {
 public:
  DirectoryLock(const std::filesystem::path& directory, const std::stop_token& stop)
      : fd_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!fd_) return;  // It may be writable, but not readable.
    milliseconds waited{0};
    milliseconds pause = kFirstPause;
    while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      // Some network filesystems do not support locks on directories.
      if (errno != EWOULDBLOCK) return;
      if (waited >= kLongestWait)
        throw Error(ErrorKind::unavailable,
                    fmt::format("directory {} has been locked by another process for {} s",
                                directory.native(), kLongestWait.count() / 1000),
                    fmt::format("'fuser -v {}' shows which.", directory.native()));
      pause_for(pause, stop);
      waited += pause;
      pause = std::min(pause * 2, kLongestPause);
    }
    is_locked_ = true;
  }
  [[nodiscard]] bool is_locked() const noexcept { return is_locked_; }

 private:
  FileDescriptor fd_;
  bool is_locked_ = false;
};

/// Tells one state of a file from another.
struct Stamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec changed{};

  explicit Stamp(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return;
    device = status.st_dev;
    inode = status.st_ino;
    size = status.st_size;
    changed = status.st_ctim;
  }
  friend bool operator==(const Stamp& one, const Stamp& other) {
    return one.device == other.device && one.inode == other.inode && one.size == other.size &&
           one.changed.tv_sec == other.changed.tv_sec &&
           one.changed.tv_nsec == other.changed.tv_nsec;
  }
};

/// A link stays a link: its target is replaced.
std::filesystem::path target_of(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  return error ? path : target;
}

void make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::create_directories(directory, error) && !error) return;
  if (error) throw_system_error(fmt::format("create {}", directory.native()), error.value());
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
}

}  // namespace

AuthDocument read_auth_document(const std::filesystem::path& path) {
  const auto text = read_file_if_exists(path, kMaxAuthFileBytes);
  if (!text || text->find_first_not_of(" \t\r\n") == std::string::npos)
    return AuthDocument::object();
  (void)parse_auth_file(*text, path.native());  // A file that cannot be read is not overwritten.
  return parse_json<AuthDocument>(*text);
}

bool edit_auth_file(const std::filesystem::path& path,
                    const std::function<bool(AuthDocument&)>& edit, const std::stop_token& stop) {
  const std::filesystem::path target = target_of(path);
  std::error_code ignored;
  // No directory is created for an edit that changes nothing.
  if (AuthDocument empty = AuthDocument::object();
      !std::filesystem::exists(target, ignored) && !edit(empty))
    return false;
  const std::filesystem::path directory = target.has_parent_path() ? target.parent_path() : ".";
  make_directory(directory);
  const DirectoryLock lock(directory, stop);
  for (int count = 0;; ++count) {
    const Stamp before(target);
    AuthDocument document = read_auth_document(target);
    if (!edit(document)) return false;
    const auto temporary = directory / fmt::format(".{}.modulah", target.filename().native());
    std::optional<AtomicFile> file;
    if (lock.is_locked())
      file.emplace(AtomicFile::ExactName{temporary}, kPrivate);
    else
      file.emplace(directory, kPrivate);
    file->write(as_bytes(document.dump(1, '\t') + "\n"));
    (void)::fsync(
        file->fd());  // Before the check, so that nothing slow comes between it and the rename.
    if (Stamp(target) != before && count < kMaxEdits) continue;
    file->commit(target, Durability::synced);
    return true;
  }
}

}  // namespace modulah::registry
