// Rules about a module: what has to be so for a WASI runtime to run it as a command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/validate/file_kind.h"
#include "modulah/validate/finding.h"
#include "modulah/wasm/summary.h"

namespace modulah::validate {

/// What the module is for.
enum class ModuleUse : std::uint8_t {
  entry_point,  ///< It is what an image runs.
  function,     ///< It is an entry point "PATH#FUNCTION": another function than _start is called.
  file,         ///< Nobody said: that it is a library is no error.
};

/// Looks at what the module says about itself; it has been read, but not validated. `subject` is
/// what findings call it. Never throws for what is in the module.
[[nodiscard]] std::vector<Finding> check_module(const wasm::Summary& summary,
                                                const std::string& subject,
                                                ModuleUse use = ModuleUse::entry_point);

/// For a file that COPY or ADD brings into an image for Wasm: says that it is a native program, or
/// that it is named .wasm and is not a module; nothing for other files. `path` is where it is in
/// the image; `span` is the instruction in the Containerfile named `subject`.
[[nodiscard]] std::vector<Finding> check_copied_file(FileKind kind, std::string_view path,
                                                     const std::string& subject,
                                                     const containerfile::Span& span);

}  // namespace modulah::validate
