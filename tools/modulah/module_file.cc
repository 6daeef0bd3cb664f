// An image's name cannot begin with "/" or ".", but it can end in ".wasm".
#include "module_file.h"

#include <system_error>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah::cli {

namespace {

constexpr std::uint64_t kMaxModuleBytes = std::uint64_t{1} << 30U;

}  // namespace

std::optional<std::filesystem::path> module_file(const World& world, std::string_view word) {
  const bool is_path = word.starts_with('/') || word.starts_with("./") || word.starts_with("../");
  std::filesystem::path path = (world.directory / word).lexically_normal();
  if (is_path) return path;
  // A place, such as oci:app.wasm, has a colon.
  if (!word.ends_with(".wasm") || word.find(':') != std::string_view::npos) return std::nullopt;
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? std::optional(std::move(path)) : std::nullopt;
}

std::string read_module_file(const std::filesystem::path& path) {
  // Opening a FIFO would block until it has a writer.
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw Error(ErrorKind::invalid, fmt::format("{} is not a regular file", path.native()));
  return read_file(path, kMaxModuleBytes);
}

}  // namespace modulah::cli
