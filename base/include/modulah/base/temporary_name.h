// Names for temporary files and directories.
#pragma once

#include <cerrno>
#include <filesystem>
#include <string_view>

namespace modulah {

/// True for a name that make_temporary() makes.
[[nodiscard]] inline bool is_temporary_name(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789";
  if (!name.starts_with(".tmp-")) return false;
  name.remove_prefix(5);
  const std::size_t dash = name.find_first_not_of(kDigits);
  return dash != 0 && dash != std::string_view::npos && name[dash] == '-' &&
         dash + 1 != name.size() &&
         name.find_first_not_of(kDigits, dash + 1) == std::string_view::npos;
}

/// A path `directory`/.tmp-<process>-<counter> that this process has not tried before.
[[nodiscard]] std::filesystem::path next_temporary(const std::filesystem::path& directory);

/// Calls `make` with paths `directory`/.tmp-<process>-<counter> until it returns 0 or an error
/// number that is not EEXIST; returns that and sets `path` to the last one. A process in another
/// pid namespace may use the same directory and the same number: then the next name is tried.
template <typename Make>
int make_temporary(const std::filesystem::path& directory, std::filesystem::path& path,
                   Make&& make) {
  for (;;) {
    path = next_temporary(directory);
    const int error_number = make(path);
    if (error_number != EEXIST) return error_number;
  }
}

}  // namespace modulah
