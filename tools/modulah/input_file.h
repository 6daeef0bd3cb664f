// Reading the small text files that a build is given: Containerfiles, ignore files, lists of
// values.
//
// A file that is looked for by its default name may be anybody's work: the context may come out of
// an archive or a repository. Such a file has to be a regular file in its directory; a symlink that
// leads out of it would show another file's content in messages, and a pipe would never end. A file
// that the user names is read wherever it is, also from a pipe: "-f <(generate)".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace modulah::cli {

/// The content of `name`, a path beneath `directory`; nothing when it is not there. `shown` is what
/// messages call it. Throws Error invalid when it leads out of the directory, is not a regular file
/// or has more than `max_bytes`.
[[nodiscard]] std::optional<std::string> read_found_file(const std::filesystem::path& directory,
                                                         const std::filesystem::path& name,
                                                         const std::string& shown,
                                                         std::uint64_t max_bytes);

/// The content of the file that the user has named `shown`: a regular file, or what can be read
/// like one, a pipe for example. Throws Error not_found, denied, io; invalid for a directory, for a
/// socket, and for more than `max_bytes`.
[[nodiscard]] std::string read_named_file(const std::filesystem::path& path,
                                          const std::string& shown, std::uint64_t max_bytes);

}  // namespace modulah::cli
