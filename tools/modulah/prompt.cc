// Reads lines from the terminal, without echo for passwords.
#include "prompt.h"

#include <array>
#include <cerrno>
#include <optional>
#include <stop_token>

#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/text.h"

#include "print.h"

namespace modulah::cli {

namespace {

constexpr std::size_t kMaxSecretBytes = 64 * 1024;

/// Disables the terminal's echo, and restores it. The keys that would end or stop the program
/// without running the destructor are disabled in between; Ctrl-C works.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) throw_system_error("terminal", errno);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    silent.c_cc[VQUIT] = _POSIX_VDISABLE;
    silent.c_cc[VSUSP] = _POSIX_VDISABLE;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0) throw_system_error("terminal", errno);
  }
  ~NoEcho() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
};

std::string without_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

/// Appends data from stdin to `text`; returns false at its end.
bool read_some(std::string& text) {
  std::array<char, 1024> buffer{};
  ssize_t count = 0;
  do count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  while (count < 0 && errno == EINTR);
  if (count < 0) throw_system_error("read standard input", errno);
  text.append(buffer.data(), static_cast<std::size_t>(count));
  if (text.size() > kMaxSecretBytes)
    throw Error(ErrorKind::usage,
                fmt::format("standard input has more than {} bytes", kMaxSecretBytes));
  return count != 0;
}

/// Waits until a line can be read. A signal does not interrupt read() here, because another thread
/// handles it: see interrupts.h.
class LineWaiter {
 public:
  explicit LineWaiter(std::stop_token stop)
      : stop_(std::move(stop)), wakeup_(eventfd(0, EFD_CLOEXEC)) {
    if (!wakeup_) throw_system_error("wait for the terminal", errno);
    callback_.emplace(stop_, [this] {
      const std::uint64_t one = 1;
      (void)!::write(wakeup_.get(), &one, sizeof one);
    });
  }

  void wait() const {
    std::array<pollfd, 2> events{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{wakeup_.get(), POLLIN, 0}};
    while (poll(events.data(), events.size(), -1) < 0)
      if (errno != EINTR) throw_system_error("wait for the terminal", errno);
    if (!stop_.stop_requested()) return;
    print_error("\n");
    throw Error(ErrorKind::cancelled, "the prompt was not answered");
  }

 private:
  std::stop_token stop_;
  FileDescriptor wakeup_;
  std::optional<std::stop_callback<std::function<void()>>> callback_;
};

std::string read_line(const Invocation& invocation, std::string_view hint) {
  const LineWaiter waiter(invocation.stop());
  std::string text;
  while (text.find('\n') == std::string::npos) {
    waiter.wait();
    if (read_some(text)) continue;
    print_error("\n");
    if (text.empty()) throw Error(ErrorKind::usage, "no input was given", std::string(hint));
    break;
  }
  return without_line_end(text.substr(0, text.find('\n')));
}

void check_terminal(const World& world, std::string_view hint) {
  if (!world.is_input_terminal)
    throw Error(ErrorKind::usage,
                "cannot prompt for a user name or password: stdin is not a terminal",
                std::string(hint));
}

}  // namespace

std::string prompt_line(const Invocation& invocation, std::string_view question,
                        std::string_view hint) {
  check_terminal(invocation.world, hint);
  print_error(printable(question));
  return read_line(invocation, hint);
}

std::string prompt_secret(const Invocation& invocation, std::string_view question,
                          std::string_view hint) {
  // The token first: from then on Ctrl-C waits for the echo to be back.
  (void)invocation.stop();
  check_terminal(invocation.world, hint);
  const NoEcho silent;
  print_error(printable(question));
  return read_line(invocation, hint);
}

std::string read_secret(const World& world, const std::string& file, std::string_view option) {
  if (file == "-") return read_secret_from_input();
  std::string text =
      with_context([&] { return std::string(option); },
                   [&] { return read_file(world.directory / file, kMaxSecretBytes); });
  text = without_line_end(std::move(text));
  if (text.empty()) throw Error(ErrorKind::usage, fmt::format("{}: {} is empty", option, file));
  return text;
}

std::string read_secret_from_input() {
  std::string text;
  while (read_some(text)) {
  }
  return without_line_end(std::move(text));
}

}  // namespace modulah::cli
