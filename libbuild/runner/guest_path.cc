// Paths as the guest sees them.
#include "guest_path.h"

#include <deque>
#include <system_error>
#include <vector>

namespace modulah::runner {
namespace {

/// The names between the slashes, in order, without empty ones.
std::deque<std::string> names_of(std::string_view path) {
  std::deque<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) names.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return names;
}

}  // namespace

std::string absolute_guest_path(std::string_view path, std::string_view directory) {
  std::string whole;
  if (!path.starts_with('/')) whole = std::string(directory) + "/";
  whole += path;
  std::vector<std::string> kept;
  for (std::string& name : names_of(whole)) {
    if (name == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (name != ".") {
      kept.push_back(std::move(name));
    }
  }
  std::string result;
  for (const std::string& name : kept) result += "/" + name;
  return result.empty() ? "/" : result;
}

bool is_within(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.starts_with('/');
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

std::optional<std::filesystem::path> host_path_of(const std::filesystem::path& root,
                                                  std::string_view guest_path) {
  constexpr int kMaxLinks = 40;  // As the kernel.
  std::deque<std::string> left = names_of(guest_path);
  std::vector<std::filesystem::path> above;  // The directories that ".." goes back to.
  std::filesystem::path here = root;
  int links = 0;
  while (!left.empty()) {
    const std::string name = std::move(left.front());
    left.pop_front();
    if (name == ".") continue;
    if (name == "..") {
      if (!above.empty()) {
        here = above.back();
        above.pop_back();
      }
      continue;
    }
    std::error_code error;
    const std::filesystem::path next = here / name;
    const auto status = std::filesystem::symlink_status(next, error);
    if (error || status.type() == std::filesystem::file_type::not_found) return std::nullopt;
    if (status.type() != std::filesystem::file_type::symlink) {
      above.push_back(here);
      here = next;
      continue;
    }
    const std::string target = std::filesystem::read_symlink(next, error).native();
    if (error || ++links > kMaxLinks) return std::nullopt;
    if (target.starts_with('/')) {
      here = root;
      above.clear();
    }
    std::deque<std::string> names = names_of(target);
    left.insert(left.begin(), names.begin(), names.end());
  }
  return here;
}

}  // namespace modulah::runner
