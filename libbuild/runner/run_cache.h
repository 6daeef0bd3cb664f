// Where a run keeps what the next one can reuse, and what a guest sees as "/".
//
//   <cache>/code/       compiled code (see wasm/engine)
//   <cache>/runs/KEY    what was found out about an entry point of these layers: the module's
//                       SHA-256, and whether there is any file besides it
//   <cache>/roots/KEY/  the layers, unpacked; not made for an image that is only its module
//   <cache>/empty/      the "/" of such an image
//   <cache>/tmp/        copies of the files for engines that are programs
//   <cache>/trimmed     its time tells when the above was last trimmed (store/cache_trim.h)
//
// The store's own cache is the first choice. With a store that can only be read, in a container's
// image or in another user's home, it is another directory of the user; if there is none either,
// one that is created for this run and removed after it.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "modulah/base/files.h"

namespace modulah::runner {

/// The directories of the cache, made when they are first used. Several processes may share them.
class RunCache {
 public:
  /// Takes the first of `candidates` that is this user's and can be written, or can be made with
  /// mode 0700; empty ones are skipped. What killed runs left there is removed. Without one, a
  /// directory below `temporary`, for as long as
  /// this object lives. Throws Error: denied when one is this user's, but others may write to it;
  /// else why the first candidate cannot be used, when `temporary` is empty or cannot be written.
  RunCache(const std::vector<std::filesystem::path>& candidates,
           const std::filesystem::path& temporary);

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] std::filesystem::path code() const { return directory_ / "code"; }
  [[nodiscard]] std::filesystem::path empty() const;
  /// Removes the directory that is for this run alone, if it is one. For a process that is about to
  /// end without this object's destructor.
  void remove_temporary() const noexcept;
  /// Removes what was not used for long; call it when something new was written.
  void trim() const;
  /// The named directory in it, created if it does not exist.
  [[nodiscard]] std::filesystem::path subdirectory(const char* name) const;

 private:
  std::unique_ptr<TempDir> temporary_;  ///< Null when one of the candidates is used.
  std::filesystem::path directory_;
};

}  // namespace modulah::runner
