// The functions of templates: those of Go, and those that podman and docker add.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "value.h"

namespace modulah::cli::templates {

struct Function {
  std::string_view name;
  std::size_t least = 0;  ///< Arguments.
  std::size_t most = 0;
  /// Throws Error usage, without a place, for arguments of the wrong kind. Null for "and" and "or",
  /// which do not evaluate all of their arguments.
  Value (*call)(std::span<const Value> arguments);
};

/// Null when there is none with this name.
[[nodiscard]] const Function* find_function(std::string_view name);
/// "and, eq, …", for hints.
[[nodiscard]] std::string function_names();

}  // namespace modulah::cli::templates
