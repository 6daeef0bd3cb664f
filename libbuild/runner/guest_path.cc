// Paths as the guest sees them.
#include "guest_path.h"

#include <deque>
#include <system_error>
#include <vector>

#include "modulah/base/error.h"

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

std::string relative_link(std::string_view directory, std::string_view target) {
  std::string text;
  for (std::size_t i = 0; i < names_of(directory).size(); ++i) text += "../";
  text += target.substr(1);
  if (text.empty()) return ".";
  return text;
}

std::string confined_link(std::string_view text, std::string_view directory) {
  // Going up is safe at the beginning, where each step is a real parent of the link, as often as
  // there are parents. After a name, which may be a symlink, the text does not say where ".." is.
  std::size_t up = names_of(directory).size();
  bool is_going_down = false;
  bool is_safe = !text.starts_with('/');
  for (const std::string& name : names_of(text)) {
    if (name == ".") continue;
    if (name != "..") {
      is_going_down = true;
    } else if (is_going_down || up-- == 0) {
      is_safe = false;
      break;
    }
  }
  if (is_safe) return std::string(text);
  return relative_link(directory, absolute_guest_path(text, directory));
}

void confine_links(const std::filesystem::path& root) try {
  namespace fs = std::filesystem;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_symlink()) continue;
    const std::string text = fs::read_symlink(entry.path()).native();
    const std::string directory = entry.path().parent_path().native().substr(root.native().size());
    const std::string confined = confined_link(text, directory);
    if (confined == text) continue;
    fs::remove(entry.path());
    fs::create_symlink(confined, entry.path());
  }
} catch (const std::filesystem::filesystem_error& error) {
  throw_system_error(error.path1().native(), error.code().value());
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
