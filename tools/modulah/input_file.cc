// Opening without waiting, then looking at what was opened.
#include "input_file.h"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah::cli {

namespace {

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

mode_t mode_of(const FileDescriptor& file, const std::string& shown) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_system_error(fmt::format("read {}", shown), errno);
  return status.st_mode;
}

[[noreturn]] void throw_not_regular(const std::string& shown, mode_t mode) {
  throw Error(ErrorKind::invalid,
              fmt::format("{} is {}, not a regular file", shown, kind_of(mode)));
}

}  // namespace

std::optional<std::string> read_found_file(const std::filesystem::path& directory,
                                           const std::filesystem::path& name,
                                           const std::string& shown, std::uint64_t max_bytes) {
  const FileDescriptor root(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw_system_error(fmt::format("open {}", directory.native()), errno);
  }
  FileDescriptor file;
  try {
    file = open_beneath(root.get(), name.native(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) return std::nullopt;
    if (error.kind() != ErrorKind::invalid) throw;
    throw Error(ErrorKind::invalid,
                fmt::format("{} is a symlink that leads out of its directory", shown),
                "Replace it with the file, or name the file that is meant as an option.");
  }
  if (const mode_t mode = mode_of(file, shown); !S_ISREG(mode)) throw_not_regular(shown, mode);
  FileSource source(std::move(file), shown);
  return read_all(source, max_bytes, shown);
}

std::string read_named_file(const std::filesystem::path& path, const std::string& shown,
                            std::uint64_t max_bytes) {
  // A pipe is waited for: the user has named it, and who writes may come later.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
  if (!file) throw_system_error(fmt::format("open {}", shown), errno);
  if (const mode_t mode = mode_of(file, shown); S_ISDIR(mode)) throw_not_regular(shown, mode);
  FileSource source(std::move(file), shown);
  return read_all(source, max_bytes, shown);
}

}  // namespace modulah::cli
