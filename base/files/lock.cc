// Advisory locks, and saying who holds one.
//
// A lock is asked for without blocking, again and again: flock() cannot be interrupted by a stop
// token, and a wait that lasts has to be explained. The pauses begin short, because locks are
// usually held for a millisecond.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah {

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr std::chrono::microseconds kFirstPause{100};
constexpr std::chrono::microseconds kLongestPause{20'000};
constexpr Milliseconds kReportAfter{1'000};
constexpr std::uint64_t kMaxLocksBytes = 16 << 20;
constexpr std::uint64_t kMaxNameBytes = 4096;

/// The process id in a line of /proc/locks that is about the file, e.g.
/// "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF"; 0 when the line is about another one, or
/// about a process that cannot be seen from here.
long holder_in(std::string_view line, const std::string& file) {
  constexpr std::size_t kProcessField = 4;
  constexpr std::size_t kFileField = 5;
  std::string process;
  // A line about somebody who waits has "->" as its second field.
  for (std::size_t field = 0; !line.empty(); ++field) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(' ', end), line.size()));
    if (word == "->") return 0;
    if (field == kProcessField) process = word;
    if (field == kFileField) return word == file ? std::strtol(process.c_str(), nullptr, 10) : 0;
  }
  return 0;
}

/// The process that holds a lock on an open file, as a text for people.
std::string holder_of(int fd) {
  struct stat status {};
  try {
    if (::fstat(fd, &status) != 0) return "another process";
    const std::string file =
        fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
    const std::string locks = read_file("/proc/locks", kMaxLocksBytes);
    for (std::string_view left = locks; !left.empty();) {
      const std::size_t end = std::min(left.find('\n'), left.size());
      const long process = holder_in(left.substr(0, end), file);
      left.remove_prefix(std::min(end + 1, left.size()));
      if (process <= 0) continue;
      std::string name = read_file(fmt::format("/proc/{}/comm", process), kMaxNameBytes);
      while (name.ends_with('\n')) name.pop_back();
      return fmt::format("{} (process {})", name, process);
    }
  } catch (const Error&) {
    // Without /proc, or when the process has just ended, nobody can be named.
  }
  return "another process";
}

}  // namespace

void lock_file(int fd, LockMode mode, const std::filesystem::path& path, const LockWait& wait) {
  using Clock = std::chrono::steady_clock;
  const int operation = (mode == LockMode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  const Clock::time_point start = Clock::now();
  std::chrono::microseconds pause = kFirstPause;
  bool is_reported = false;
  while (::flock(fd, operation) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) throw_system_error(fmt::format("lock {}", path.native()), errno);
    if (wait.stop.stop_requested())
      throw Error(ErrorKind::cancelled,
                  fmt::format("waiting for the lock on {} was interrupted", path.native()));
    if (!is_reported && wait.report && Clock::now() - start >= kReportAfter) {
      wait.report(holder_of(fd));
      is_reported = true;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

FileLock::FileLock(const std::filesystem::path& path, Mode mode, const LockWait& wait) {
  // A shared lock is opened for reading, so that a store on read-only media can be read.
  const int access = mode == Mode::shared ? O_RDONLY : O_RDWR;
  fd_ = FileDescriptor(
      ::open(path.c_str(), access | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600));
  if (!fd_) throw_system_error(fmt::format("lock {}", path.native()), errno);
  lock_file(fd_.get(), mode, path, wait);
}

}  // namespace modulah
