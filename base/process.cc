// run_process: posix_spawn, pipes that are read as they fill, and a process group that is
// killed as a whole.
//
// posix_spawn instead of fork: it is quick however much memory we hold, and its error for a
// program that cannot be run comes back at once. Standard input is a file in memory, so
// there is no pipe to feed, and no SIGPIPE when the child does not read it.
#include "modulah/base/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah {

namespace {

using Clock = std::chrono::steady_clock;

/// How often a child is looked after where the kernel cannot tell that it ended (no pidfd).
constexpr std::chrono::milliseconds kLookInterval{5};

[[noreturn]] void throw_run_error(const std::string& program, int error_number) {
  throw_system_error(fmt::format("run {}", program), error_number);
}

/// Moves a descriptor above the standard ones, so that dup2 onto those cannot hit it. Matters when
/// our own caller runs without a standard input or output.
FileDescriptor above_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return FileDescriptor(fd);
  const FileDescriptor low(fd);
  return FileDescriptor(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

/// One of the child's outputs and what was read of it.
class Output {
 public:
  Output(const char* name, const ProcessRequest& request) : name_(name), request_(request) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_run_error(request.args[0], errno);
    read_end_ = above_standard(ends[0]);
    write_end_ = above_standard(ends[1]);
    // Ours alone: the child's end is another open file.
    ::fcntl(read_end_.get(), F_SETFL, O_NONBLOCK);
  }

  [[nodiscard]] int write_end() const { return write_end_.get(); }
  /// -1 at the end, which poll ignores.
  [[nodiscard]] int read_end() const { return read_end_.get(); }
  void close_write_end() { write_end_ = FileDescriptor(); }

  /// Takes all that is there now.
  void drain() {
    std::array<char, 16 * 1024> buffer;
    while (read_end_) {
      const ssize_t count = ::read(read_end_.get(), buffer.data(), buffer.size());
      if (count == 0) read_end_ = FileDescriptor();
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != EAGAIN) throw_run_error(request_.args[0], errno);
      if (count <= 0) return;
      text.append(buffer.data(), static_cast<std::size_t>(count));
      if (text.size() > request_.max_output_bytes)
        throw Error(ErrorKind::invalid,
                    fmt::format("{} wrote more than the {} bytes allowed to its {}",
                                request_.args[0], request_.max_output_bytes, name_));
    }
  }

  std::string text;

 private:
  const char* name_;
  const ProcessRequest& request_;
  FileDescriptor read_end_;
  FileDescriptor write_end_;
};

/// The input as a file in memory, at its start.
FileDescriptor make_input(const ProcessRequest& request) {
  FileDescriptor fd = above_standard(::memfd_create("input", MFD_CLOEXEC));
  if (!fd) throw_run_error(request.args[0], errno);
  std::string_view rest = request.input;
  while (!rest.empty()) {
    const ssize_t count = ::write(fd.get(), rest.data(), rest.size());
    if (count < 0 && errno != EINTR) throw_run_error(request.args[0], errno);
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

/// What posix_spawn is to do in the child.
class SpawnPlan {
 public:
  SpawnPlan(const ProcessRequest& request, int input, int output, int diagnostics) {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, diagnostics, STDERR_FILENO);
    if (!request.directory.empty())
      posix_spawn_file_actions_addchdir_np(&actions, request.directory.c_str());
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    // Ours are all close-on-exec; those of a library we are linked with may not be.
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
#endif
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// A running child; its whole group is killed and the child reaped at the latest by the destructor.
class Child {
 public:
  explicit Child(pid_t pid)
      : pid_(pid), pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  ~Child() {
    if (pid_ > 0) (void)end();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Becomes readable when the child has ended; -1 where the kernel has no such thing.
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  /// Whether the child has ended. It stays to be reaped, so its number is not used again.
  [[nodiscard]] bool has_ended() const {
    siginfo_t info = {};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }

  /// Kills what is left of the group, reaps the child and returns its wait status. Call once.
  int end() {
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
  FileDescriptor pidfd_;
};

pid_t spawn(const ProcessRequest& request, const std::filesystem::path& program,
            const Output& output, const Output& diagnostics) {
  const FileDescriptor input = make_input(request);
  const SpawnPlan plan(request, input.get(), output.write_end(), diagnostics.write_end());
  std::vector<std::string> args = request.args;
  std::vector<std::string> environment = request.environment;
  pid_t pid = -1;
  const int error_number = ::posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes,
                                         pointers_to(args).data(), pointers_to(environment).data());
  if (error_number != 0) throw_run_error(request.args[0], error_number);
  if (request.max_memory_bytes != 0) {
    // Set from outside, a moment after the start: the limit is compared with all that the child
    // has by then, so what it took in that moment is counted too.
    const rlimit limit = {request.max_memory_bytes, request.max_memory_bytes};
    ::prlimit(pid, RLIMIT_AS, &limit, nullptr);
  }
  return pid;
}

/// How long poll may wait, in its milliseconds, rounded up.
int poll_timeout(Clock::time_point deadline, bool has_pidfd) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  if (!has_pidfd) left = std::min(left, kLookInterval);
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

/// Reads both outputs until the child has ended. Returns false when the time was over before.
bool follow(const Child& child, const ProcessRequest& request, int stop_fd, Output& output,
            Output& diagnostics) {
  const Clock::time_point deadline = Clock::now() + request.max_time;
  for (;;) {
    std::array<pollfd, 4> waiting = {{{output.read_end(), POLLIN, 0},
                                      {diagnostics.read_end(), POLLIN, 0},
                                      {child.pidfd(), POLLIN, 0},
                                      {stop_fd, POLLIN, 0}}};
    const int count =
        ::poll(waiting.data(), waiting.size(), poll_timeout(deadline, child.pidfd() >= 0));
    if (count < 0 && errno != EINTR) throw_run_error(request.args[0], errno);
    if (request.stop.stop_requested())
      throw Error(ErrorKind::cancelled, fmt::format("{} was stopped", request.args[0]));
    // Asked before the outputs are drained, so that nothing is written after the last draining.
    const bool has_ended = child.has_ended();
    output.drain();
    diagnostics.drain();
    if (has_ended) return true;
    if (Clock::now() >= deadline) return false;
  }
}

std::filesystem::path program_of(const ProcessRequest& request) {
  if (request.args.empty()) throw Error(ErrorKind::usage, "no program to run is named");
  for (const auto* texts : {&request.args, &request.environment})
    for (const std::string& text : *texts)
      if (text.find('\0') != std::string::npos)
        throw Error(
            ErrorKind::invalid,
            fmt::format("run {}: an argument or variable has a NUL byte", request.args[0].c_str()));
  if (!request.directory.empty() && ::access(request.directory.c_str(), X_OK) != 0)
    throw_system_error(fmt::format("run {} in {}", request.args[0], request.directory.native()),
                       errno);
  if (request.args[0].find('/') != std::string::npos) return request.args[0];
  if (auto program = find_program(request.args[0], request.search_path)) return *program;
  throw Error(ErrorKind::not_found, fmt::format("program \"{}\" is not in the search path \"{}\"",
                                                request.args[0], request.search_path));
}

}  // namespace

ProcessResult run_process(const ProcessRequest& request) {
  const std::filesystem::path program = program_of(request);
  Output output("standard output", request);
  Output diagnostics("standard error", request);
  const FileDescriptor stop_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback wake(request.stop, [&] { ::eventfd_write(stop_event.get(), 1); });

  Child child(spawn(request, program, output, diagnostics));
  output.close_write_end();
  diagnostics.close_write_end();
  ProcessResult result;
  result.is_timed_out = !follow(child, request, stop_event.get(), output, diagnostics);
  const int status = child.end();
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.exit_status = result.signal ? 128 + *result.signal : WEXITSTATUS(status);
  result.output = std::move(output.text);
  result.diagnostics = std::move(diagnostics.text);
  return result;
}

}  // namespace modulah
