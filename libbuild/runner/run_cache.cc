// Chooses the directory, and makes it.
#include "run_cache.h"

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/runner/run.h"
#include "modulah/store/cache_trim.h"

namespace modulah::runner {
namespace {

/// Creates the directory if it does not exist. Throws Error when it cannot be this user's cache.
void make_usable(const std::filesystem::path& directory) {
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) {
    std::error_code error;
    if (directory.has_parent_path())
      std::filesystem::create_directories(directory.parent_path(), error);
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
      throw_system_error(fmt::format("make directory {}", directory.native()), errno);
    if (stat(directory.c_str(), &status) != 0) throw_system_error(directory.native(), errno);
  }
  if (status.st_uid != geteuid())
    throw Error(ErrorKind::denied,
                fmt::format("cache directory {} belongs to another user", directory.native()));
  // Not the mode's bits: on a filesystem that is read-only they say nothing.
  if (faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    throw_system_error(fmt::format("write to {}", directory.native()), errno);
}

/// What is in a cache is run, so nobody else may write to it. The user has to fix that; using
/// another directory instead would hide it.
void require_private(const std::filesystem::path& directory) {
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw Error(ErrorKind::denied,
                fmt::format("other users can write to the cache directory {}", directory.native()),
                fmt::format("Remove it, or run: chmod go-w {}", directory.native()));
}

/// Where in `temporary` a directory for one run is made: in one of this user's own, so that what
/// killed runs left can be told from the files of other programs and removed.
std::filesystem::path place_in(const std::filesystem::path& temporary) {
  const std::filesystem::path own = temporary / fmt::format("modulah-{}", geteuid());
  std::error_code error;
  if (!std::filesystem::is_directory(temporary, error)) return temporary;
  try {
    make_usable(own);
    require_private(own);
    if (std::filesystem::is_symlink(own, error)) return temporary;
  } catch (const Error&) {
    return temporary;  // Another user has made it.
  }
  (void)remove_leftovers(own);
  return own;
}

}  // namespace

RunCache::RunCache(const std::vector<std::filesystem::path>& candidates,
                   const std::filesystem::path& temporary) {
  std::optional<Error> first_error;
  std::string tried;
  const auto use = [&](const std::filesystem::path& place, const auto& make) {
    if (place.empty()) return false;
    tried += fmt::format("{}{}", tried.empty() ? "" : ", ", place.native());
    try {
      make();
      return true;
    } catch (const Error& error) {
      if (!first_error) first_error = error;
      return false;
    }
  };
  for (const std::filesystem::path& candidate : candidates) {
    if (!use(candidate, [&] { make_usable(candidate); })) continue;
    require_private(candidate);
    directory_ = candidate;
    for (const char* name : {"code", "runs", "roots", "tmp"})
      (void)remove_leftovers(directory_ / name);
    return;
  }
  if (use(temporary, [&] { temporary_ = std::make_unique<TempDir>(place_in(temporary)); })) {
    directory_ = temporary_->path();
    return;
  }
  if (!first_error) throw Error(ErrorKind::usage, "no directory for a cache was given");
  throw first_error->advise(
      fmt::format("A run needs a place for files; none of these can be used: {}.", tried));
}

std::filesystem::path RunCache::subdirectory(const char* name) const {
  std::filesystem::path path = directory_ / name;
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw_system_error(fmt::format("make directory {}", path.native()), errno);
  return path;
}

std::filesystem::path RunCache::empty() const { return subdirectory("empty"); }

void RunCache::remove_temporary() const noexcept {
  std::error_code ignored;
  if (temporary_) std::filesystem::remove_all(directory_, ignored);
}

void RunCache::trim() const {
  if (!temporary_)
    store::trim_caches_when_due(directory_ / "trimmed", run_cache_folders(directory_));
}

std::vector<store::CacheFolder> run_cache_folders(const std::filesystem::path& directory) {
  using Holds = store::CacheFolder::Holds;
  return {{directory / "code", Holds::files},
          {directory / "runs", Holds::files},
          {directory / "roots", Holds::directories},
          {directory / "tmp", Holds::directories}};
}

}  // namespace modulah::runner
