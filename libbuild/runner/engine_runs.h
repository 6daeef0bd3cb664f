// The two ways to run a module: in this process, or by a program.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "modulah/oci/descriptor.h"
#include "modulah/runner/run.h"
#include "modulah/wasm/engine.h"

#include "image_files.h"
#include "run_context.h"

namespace modulah::runner {

/// A module and where its files are, from an image or from a file of the host.
struct Target {
  std::string name;  ///< What messages call it.
  ImageModule module;
  std::function<std::string()> read;  ///< The module's bytes; called at most once.
  oci::Annotations annotations = {};  ///< The image's.
};

/// What kind of engine the request needs.
[[nodiscard]] wasm::Interruption interruption_for(const RunRequest& request);

/// Both return a failure with kCannotRun when it is the module's fault, and throw Error for all
/// else; cancelled on a timeout or an interrupt before the guest began.
[[nodiscard]] RunResult run_embedded(const wasm::Engine& engine, const Target& target,
                                     const RunSpec& spec, const RunContext& context);
[[nodiscard]] RunResult run_external(EngineId id, const std::filesystem::path& program,
                                     const Target& target, const RunSpec& spec,
                                     const RunContext& context);

}  // namespace modulah::runner
