// The build context: the directory that COPY and ADD take files from.
//
// Nothing is scanned ahead: a context may have gigabytes of object files in it of which one module
// is copied. Names are looked up when an instruction asks, always beneath the root: neither ".."
// nor a symlink leads out of it. What an ignore file excludes is not there, whatever leads to it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/files.h"
#include "modulah/containerfile/ignore.h"
#include "modulah/layer/entry.h"
#include "modulah/store/stat_cache.h"

namespace modulah::builder {

/// A file of the context as lstat or stat sees it.
struct ContextEntry {
  std::string path;  ///< In the context: names with "/" between; "." is the root.
  layer::EntryType type = layer::EntryType::file;
  unsigned mode = 0;        ///< Permission bits.
  std::string link_target;  ///< Of symlinks.
  store::FileIdentity identity;
  bool is_excluded = false;  ///< A directory that is ignored, but something below it is not.
};

/// Not safe for use from two threads at once, but for `open`.
class Context {
 public:
  /// Opens the directory. Throws Error not_found, denied, io.
  Context(std::filesystem::path root, containerfile::IgnoreRules rules);

  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

  /// What is at `path`, symlinks followed; nothing when it is not there or is ignored.
  /// Throws Error invalid when it leads out of the context.
  [[nodiscard]] std::optional<ContextEntry> find(std::string_view path) const;
  /// Where `path` leads to, symlinks followed as far as there are any; a path in the context.
  [[nodiscard]] std::string resolved(std::string_view path) const;
  /// What of `path` the ignore file excludes: itself or what it leads to; else nothing.
  [[nodiscard]] std::optional<std::string> excluded(std::string_view path) const;
  /// What is in the directory `path`, sorted by name, symlinks as themselves; without what is
  /// ignored, but with directories of which something below may not be. Throws Error.
  [[nodiscard]] std::vector<ContextEntry> list(std::string_view path) const;
  /// The paths that fit a pattern of COPY (filepath.Match for each name), sorted; symlinks are as
  /// they are, and may lead to nothing. Throws Error invalid for a malformed pattern.
  [[nodiscard]] std::vector<std::string> match(std::string_view pattern) const;

  /// Opens a file of the context for reading. Throws Error; invalid when it is not the one that
  /// `entry` was: then it was changed while the build was running.
  [[nodiscard]] FileDescriptor open(const ContextEntry& entry) const;

 private:
  using Rules = containerfile::IgnoreRules;
  /// What the rules say of the directory `path` and those above it.
  [[nodiscard]] Rules::Directory rules_at(std::string_view path) const;
  /// Whether all below the directory is ignored.
  [[nodiscard]] bool is_empty(std::string_view directory) const;
  /// Whether `path` leads to something in the context.
  [[nodiscard]] bool can_open(const std::string& path) const;
  /// Adds to `found` what in `directory` fits one name of a pattern.
  void match_name(const std::string& directory, std::string_view name,
                  std::vector<std::string>& found) const;

  std::filesystem::path root_;
  containerfile::IgnoreRules rules_;
  FileDescriptor fd_;
};

/// A word of COPY or ADD as a path in the context: without leading slashes, ".." worked out on the
/// text and never leading above the root; "." for the root itself.
[[nodiscard]] std::string clean_context_path(std::string_view word);

/// `directory`/`name`, where "." is the root.
[[nodiscard]] std::string join_path(std::string_view directory, std::string_view name);

}  // namespace modulah::builder
