// Whiteouts: names that say what of the layers below is gone.
#include "modulah/layer/entry.h"

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"

namespace modulah::layer {

namespace {

constexpr std::string_view kPrefix = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

}  // namespace

std::optional<Whiteout> whiteout_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const std::string_view directory =
      slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  if (name == kOpaque)
    return Whiteout{Whiteout::Kind::directory, directory.empty() ? "." : std::string(directory)};
  const std::string_view hidden = name.substr(kPrefix.size());
  if (hidden.empty() || hidden == "." || hidden == "..")
    throw Error(ErrorKind::invalid, fmt::format("whiteout \"{}\" names nothing", printable(path)));
  return Whiteout{Whiteout::Kind::name, directory.empty()
                                            ? std::string(hidden)
                                            : fmt::format("{}/{}", directory, hidden)};
}

std::string whiteout_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return fmt::format("{}{}", kPrefix, path);
  return fmt::format("{}/{}{}", path.substr(0, slash), kPrefix, path.substr(slash + 1));
}

}  // namespace modulah::layer
