// Opening beneath a root by walking: each name is opened in the directory before it, without
// following links; a link's text is put in front of the names still to come; and ".." goes back to
// the directory that was come from, which is kept open. So whatever somebody renames
// meanwhile, each step starts at a directory that was reached from the root by names alone.
#include "files/walk_beneath.h"

#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <linux/limits.h>

namespace modulah {

namespace {

constexpr int kMaxLinks = 40;  // As many as Linux follows.
constexpr int kDirectory = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// What is still to be walked: taken from the front, name by name.
class Names {
 public:
  explicit Names(std::string_view path) : rest_(path) {}

  /// The next name, or nothing at the end.
  std::string take() {
    const std::size_t begin = rest_.find_first_not_of('/');
    if (begin == std::string::npos) return {};
    const std::size_t end = std::min(rest_.find('/', begin), rest_.size());
    std::string name = rest_.substr(begin, end - begin);
    rest_.erase(0, end);
    return name;
  }
  /// Whether the name just taken was the last; slashes may follow it.
  [[nodiscard]] bool is_at_end() const { return rest_.find_first_not_of('/') == std::string::npos; }
  [[nodiscard]] bool has_slash() const { return !rest_.empty(); }
  void put_in_front(std::string_view path) { rest_.insert(0, path); }

 private:
  std::string rest_;
};

/// The text of a link, or nothing when `name` is not one (errno says why).
std::string link_text(int directory, const std::string& name) {
  std::string text(PATH_MAX, '\0');
  const ssize_t length = ::readlinkat(directory, name.c_str(), text.data(), text.size());
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

class Walk {
 public:
  Walk(int root_fd, std::string_view path) : root_(root_fd), path_(path), names_(path) {}

  FileDescriptor open(int flags, unsigned mode) {
    if (path_.starts_with('/')) fail(EXDEV);
    if (path_.empty()) fail(ENOENT);
    for (;;) {
      const std::string name = names_.take();
      if (name.empty()) return open_here(".", flags, mode);
      const bool is_last = names_.is_at_end();
      if (name == ".") continue;
      if (name == "..") {
        go_back();
        continue;
      }
      const bool is_directory_wanted = !is_last || names_.has_slash();
      const bool is_link_kept = is_last && !names_.has_slash() && (flags & O_NOFOLLOW) != 0;
      if (!is_link_kept && follow(name)) continue;
      if (is_last) return open_here(name, is_directory_wanted ? flags | O_DIRECTORY : flags, mode);
      FileDescriptor next(::openat(here(), name.c_str(), kDirectory));
      if (!next) fail(errno);
      opened_.push_back(std::move(next));
    }
  }

 private:
  [[nodiscard]] int here() const { return opened_.empty() ? root_ : opened_.back().get(); }
  [[noreturn]] void fail(int error_number) const { throw_beneath_error(path_, error_number); }

  void go_back() {
    if (opened_.empty()) fail(EXDEV);
    opened_.pop_back();
  }

  /// When `name` is a link, goes on with what it says.
  bool follow(const std::string& name) {
    const std::string text = link_text(here(), name);
    if (text.empty()) return false;
    if (++links_ > kMaxLinks) fail(ELOOP);
    if (text.starts_with('/')) fail(EXDEV);
    names_.put_in_front(text);
    return true;
  }

  FileDescriptor open_here(const std::string& name, int flags, unsigned mode) const {
    FileDescriptor fd(::openat(here(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) fail(errno);
    return fd;
  }

  int root_;
  std::string_view path_;
  Names names_;
  std::vector<FileDescriptor> opened_;  // From the root's child to where we are.
  int links_ = 0;
};

}  // namespace

FileDescriptor walk_beneath(int root_fd, std::string_view path, int flags, unsigned mode) {
  return Walk(root_fd, path).open(flags, mode);
}

}  // namespace modulah
