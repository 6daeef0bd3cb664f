// Reads environment, directory, terminal and clock.
#include "world.h"

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char** environ;

namespace modulah::cli {

namespace {

/// This machine's processor in the words of images.
oci::Platform host_platform() {
  utsname names{};
  std::string machine = ::uname(&names) == 0 ? names.machine : "";
  if (machine == "x86_64") machine = "amd64";
  if (machine == "aarch64") machine = "arm64";
  return {"linux", std::move(machine), {}, {}, {}};
}

}  // namespace

std::string World::env(std::string_view name) const {
  const auto found = environment.find(std::string(name));
  return found == environment.end() ? std::string() : found->second;
}

std::string World::search_path() const {
  std::string path = env("PATH");
  return path.empty() ? "/usr/local/bin:/usr/bin:/bin" : path;
}

World read_world() {
  World world;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    world.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::error_code ignored;
  world.directory = std::filesystem::current_path(ignored);
  world.executable = std::filesystem::read_symlink("/proc/self/exe", ignored);
  world.is_input_terminal = isatty(STDIN_FILENO) == 1;
  world.is_output_terminal = isatty(STDOUT_FILENO) == 1;
  world.is_error_terminal = isatty(STDERR_FILENO) == 1;
  world.platform = host_platform();
  world.threads = std::max(1U, std::thread::hardware_concurrency());
  world.now = std::chrono::duration_cast<std::chrono::seconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count();
  return world;
}

unsigned terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace modulah::cli
