// The programs that can run a module instead of the embedded Wasmtime, and their command lines.
// Pure, except for `find_engine`.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/descriptor.h"
#include "modulah/runner/run_spec.h"

namespace modulah::runner {

enum class EngineId { embedded, wasmtime, wasmedge, wasmer, iwasm, node, crun };

/// One row of the table of engines.
struct EngineInfo {
  EngineId id;
  std::string_view name;     ///< What --engine takes; also the program's name.
  std::string_view summary;  ///< One line for --help and the documentation.
  bool has_components;       ///< Runs WASI 0.2 components.
  bool has_exit_status;      ///< The guest's status comes back unchanged.
  bool has_read_only;        ///< Can show a directory that the guest cannot write to.
  bool has_functions;        ///< Can call another function than the command's start.
  bool has_directory;        ///< Can start in another directory than "/".
  /// Keeps a guest in its directories whatever symlinks are in them. One that does not is confined
  /// by us (confinement.h).
  bool has_isolation;
  std::string_view source;  ///< A sentence on where to get it.
};

/// All engines, in the order in which they are tried when none is named.
[[nodiscard]] std::span<const EngineInfo> engine_table();
[[nodiscard]] const EngineInfo& engine_info(EngineId id);
/// Throws Error usage, listing the names, when `name` is none of them.
[[nodiscard]] EngineId parse_engine(std::string_view name);

/// Where the image's files are on the host.
struct RunFiles {
  std::filesystem::path root;    ///< The guest's "/"; shown read-only by engines that can.
  std::filesystem::path module;  ///< The module's file; need not be below `root`.
  /// What the guest sees as ".", when the working directory is not "/" and not in a volume.
  std::filesystem::path working_directory = {};
  /// The names of the directories in `root`. Needed when the working directory is not "/".
  std::vector<std::string> root_directories = {};
};

/// The directories a guest sees, in order, for an engine that maps them by name: "/", the working
/// directory as "." when it is another one, and the volumes.
///
/// wasi-libc, which C and Rust programs find their files with, takes "." and "/" for one name, of
/// which the last wins; so what is shown as "." has the root's files, too (RunFiles). A volume
/// cannot have them: with a working directory in a volume, the directories of the root are shown by
/// their names, and "/etc/x" is found because "etc" is the longer match, but no file that is in the
/// root itself. Go programs have the variable PWD, and know absolute paths.
[[nodiscard]] std::vector<wasm::GuestDirectory> guest_directories(const RunSpec& spec,
                                                                  const RunFiles& files);

/// A program to run in the foreground.
struct CommandLine {
  std::vector<std::string> args = {};  ///< args[0] is the program's path or name.
  /// "NAME=value": variables that win over those of the environment the program inherits.
  std::vector<std::string> environment = {};
};

/// The arguments that make the program print its options; empty for an engine whose options are the
/// same in all known versions.
[[nodiscard]] std::vector<std::string> help_arguments(EngineId id);

/// The command line for an external engine. `program` is its path, `help` what it printed when it
/// was called with `help_arguments`. Throws Error unsupported, saying which engines can, when the
/// engine does not support what the spec requires (a read-only volume, a function).
[[nodiscard]] CommandLine engine_command(EngineId id, const std::filesystem::path& program,
                                         const RunSpec& spec, const RunFiles& files,
                                         std::string_view help = {});

/// Where the engine will deviate from the spec, in lines for the user.
[[nodiscard]] std::vector<std::string> engine_warnings(EngineId id, const RunSpec& spec);

/// A runtime bundle's config.json for crun: process, root, mounts, and the annotation that makes
/// crun take its Wasm handler (`annotations` of the image are passed on, but not run.oci.handler).
/// `rootfs` is the path of the root directory as the bundle names it, usually absolute.
/// https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config.md
[[nodiscard]] std::string bundle_config(const RunSpec& spec, const RunFiles& files,
                                        const oci::Annotations& annotations);

/// The path of an engine's program in `search_path` (like PATH), or nothing. Never for `embedded`.
[[nodiscard]] std::optional<std::filesystem::path> find_engine(EngineId id,
                                                               std::string_view search_path);

}  // namespace modulah::runner
