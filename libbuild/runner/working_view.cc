// Makes the view of hard links: see working_view.h.
#include "working_view.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "guest_path.h"

namespace modulah::runner {
namespace {

namespace fs = std::filesystem;

/// One tree that becomes a part of the view.
class Part {
 public:
  /// `prefix` is the guest's path of `source`, "" for the root.
  Part(fs::path source, std::string prefix, fs::path target)
      : source_(std::move(source)), prefix_(std::move(prefix)), target_(std::move(target)) {}

  void add() const { add_directory(""); }

 private:
  /// `below` is "" or "/a/b". What another part has put there stays.
  void add_directory(const std::string& below) const {
    for (const fs::directory_entry& entry : fs::directory_iterator(source_.native() + below)) {
      const std::string path = below + "/" + entry.path().filename().native();
      const fs::path to = target_.native() + path;
      if (entry.is_symlink()) {
        add_link(entry.path(), below, to);
      } else if (entry.is_directory()) {
        if (mkdir(to.c_str(), 0755) == 0 || fs::is_directory(fs::symlink_status(to)))
          add_directory(path);
      } else if (entry.is_regular_file()) {
        add_file(entry.path(), to);
      }
    }
  }

  static void add_file(const fs::path& from, const fs::path& to) {
    if (link(from.c_str(), to.c_str()) == 0 || errno == EEXIST) return;
    // A filesystem without hard links, or one that has as many as it can.
    std::error_code error;
    fs::copy_file(from, to, error);
    if (error) throw_system_error(fmt::format("copy to {}", to.native()), error.value());
  }

  /// The root's links are the same in the view. Those of the working directory lie elsewhere, and
  /// lead to what they led to.
  void add_link(const fs::path& from, const std::string& below, const fs::path& to) const {
    std::string text = fs::read_symlink(from).native();
    if (!prefix_.empty()) {
      std::string leads_to = absolute_guest_path(text, prefix_ + below);
      if (is_within(leads_to, prefix_)) leads_to.erase(0, prefix_.size());
      text = relative_link(below, leads_to.empty() ? "/" : leads_to);
    }
    if (symlink(text.c_str(), to.c_str()) != 0 && errno != EEXIST)
      throw_system_error(fmt::format("make the symlink {}", to.native()), errno);
  }

  fs::path source_;
  std::string prefix_;
  fs::path target_;
};

}  // namespace

void make_working_view(const fs::path& root, std::string_view working, const fs::path& target) try {
  const fs::path directory = root.native() + std::string(working);
  Part(directory, std::string(working), target).add();
  Part(root, "", target).add();
} catch (const fs::filesystem_error& error) {
  throw_system_error(error.path1().native(), error.code().value());
}

}  // namespace modulah::runner
