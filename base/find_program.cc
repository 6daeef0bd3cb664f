// Finding a program the way a shell does.
#include <sys/stat.h>
#include <unistd.h>

#include "modulah/base/process.h"

namespace modulah {

namespace {

bool is_program(const std::filesystem::path& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::filesystem::path> find_program(std::string_view name,
                                                  std::string_view search_path) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string_view::npos) {
    if (is_program(name)) return std::filesystem::path(name);
    return std::nullopt;
  }
  if (search_path.empty()) return std::nullopt;
  for (;;) {
    const std::size_t end = search_path.find(':');
    // An empty part means the current directory, as it does for execvp.
    const std::string_view part = search_path.substr(0, end);
    std::filesystem::path path = std::filesystem::path(part.empty() ? "." : part) / name;
    if (is_program(path)) return path;
    if (end == std::string_view::npos) return std::nullopt;
    search_path.remove_prefix(end + 1);
  }
}

}  // namespace modulah
