// Reads lines from the terminal, with its echo off for passwords.
#include "prompt.h"

#include <array>
#include <cerrno>

#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/io.h"

#include "print.h"

namespace modulah::cli {

namespace {

constexpr std::size_t kMaxSecretBytes = 64 * 1024;

/// Switches the terminal's echo off, and puts it back.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) throw_system_error("terminal", errno);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) != 0) throw_system_error("terminal", errno);
  }
  ~NoEcho() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
};

/// Reads stdin up to a line's end, or to its own.
std::string read_input(bool is_one_line) {
  std::string text;
  std::array<char, 1024> buffer{};
  while (!is_one_line || text.find('\n') == std::string::npos) {
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0) throw_system_error("read standard input", errno);
    if (count == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxSecretBytes)
      throw Error(ErrorKind::usage,
                  fmt::format("standard input has more than {} bytes", kMaxSecretBytes));
  }
  if (is_one_line) text = text.substr(0, text.find('\n'));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

void ask(const World& world, std::string_view question, std::string_view hint) {
  if (!world.is_input_terminal)
    throw Error(ErrorKind::usage, "no terminal to ask for a name or a password at",
                std::string(hint));
  print_error(question);
}

}  // namespace

std::string prompt_line(const World& world, std::string_view question, std::string_view hint) {
  ask(world, question, hint);
  return read_input(true);
}

std::string prompt_secret(const World& world, std::string_view question, std::string_view hint) {
  ask(world, question, hint);
  const NoEcho silent;
  return read_input(true);
}

std::string read_secret_from_input() { return read_input(false); }

}  // namespace modulah::cli
