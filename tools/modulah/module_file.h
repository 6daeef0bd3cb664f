// Tells a module's file from an image's name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "world.h"

namespace modulah::cli {

/// The file that `word` names: what begins with "/", "./" or "../" is one, and what ends in ".wasm"
/// when there is such a file. Nothing for what is an image's name or place.
[[nodiscard]] std::optional<std::filesystem::path> module_file(const World& world,
                                                               std::string_view word);

/// The content of a module's file. Throws Error: not_found, denied, io; invalid when it is not a
/// regular file, or larger than 1 GiB.
[[nodiscard]] std::string read_module_file(const std::filesystem::path& path);

}  // namespace modulah::cli
