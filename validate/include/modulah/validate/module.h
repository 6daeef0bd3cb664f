// Rules about a module: what has to be so for a WASI runtime to run it as a command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

/// What a file is, by its first bytes.
enum class FileKind : std::uint8_t {
  module,    ///< WebAssembly, module or component.
  compiled,  ///< WebAssembly compiled for one processor and one engine (Wasmtime, WAMR).
  elf,       ///< A native program or library.
  script,    ///< Begins with "#!".
  other,     ///< None of these.
};
/// How many bytes of a file `kind_of_file` wants to see; fewer when it is shorter.
inline constexpr std::size_t kFileKindBytes = 8;
[[nodiscard]] FileKind kind_of_file(std::span<const std::byte> first_bytes);

/// For a file that COPY or ADD brings into an image for Wasm: says that it is a native program, and
/// nothing for other files. `path` is the source's as the user knows it; `span` is the instruction
/// in the Containerfile named `subject`.
[[nodiscard]] std::vector<Finding> check_copied_file(FileKind kind, std::string_view path,
                                                     const std::string& subject,
                                                     const containerfile::Span& span);

}  // namespace modulah::validate
