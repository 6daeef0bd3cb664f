// The directory that a build takes files from, however it is given.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "modulah/base/files.h"

#include "world.h"

namespace modulah::cli {

/// The operand of `modulah build`, as a directory.
struct BuildContext {
  std::string path;  ///< Relative to the working directory, as the user would write it.
  /// The Containerfile, when the operand was a file, or standard input that is no archive.
  std::optional<std::string> file;
  /// What is removed after the build: the content of an archive, or an empty directory.
  std::unique_ptr<TempDir> temporary;
};

/// Opens what `word` says: a directory; a Containerfile, whose directory is the context; "-" for an
/// archive on standard input, which is unpacked to a temporary directory, or for a Containerfile
/// there, whose context is empty. Throws Error: not_found, unsupported for a URL, and what reading
/// and unpacking throw.
[[nodiscard]] BuildContext open_build_context(const std::string& word, const World& world);

}  // namespace modulah::cli
