// From a Containerfile and its context to an image in a store.
//
//   Containerfile ─> Plan ─> StageState ─ instruction by instruction ─> StageState
//                                │  COPY, ADD: one layer each, from the cache or made in one pass,
//                                │  in which modules are validated and, if wanted, optimised
//                                └─> configuration ─> manifest [─> index]
//
// The image is complete in the store when `build_image` returns, and has no name yet: the caller
// tags it. What fails before leaves no half-written file and no document without its blobs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/builder/request.h"
#include "modulah/oci/descriptor.h"
#include "modulah/store/cache_trim.h"
#include "modulah/store/layout_store.h"
#include "modulah/validate/finding.h"
#include "modulah/wasm/compile_worker.h"
#include "modulah/wasm/optimizer.h"

namespace modulah::builder {

/// The tools outside this process that a build may need; each is looked for when first needed.
struct BuildTools {
  std::vector<std::filesystem::path> wasmtime_libraries;  ///< For wasm::Engine::load.
  wasm::OptimizerSetup optimizer;                         ///< Also the validator without Wasmtime.
  wasm::CompileWorker compile_worker = {};  ///< For components: validating them is compiling.
};

/// A module that was copied into the image.
struct BuiltModule {
  std::string path;           ///< In the image, e.g. "/app.wasm".
  std::uint64_t source_size;  ///< In bytes, before optimisation.
  std::uint64_t size;         ///< In bytes, as it is in the image.
};

/// One image of the result.
struct BuiltImage {
  oci::Platform platform;
  oci::Descriptor manifest;
  oci::Digest id;  ///< The configuration's digest.
  std::vector<oci::Descriptor> layers;
};

struct BuildResult {
  oci::Descriptor root;  ///< The manifest, or the index of several.
  std::vector<BuiltImage> images;
  /// What is to be said about the Containerfile and the image. Errors among them are such that some
  /// runtime may run the image all the same, or are about a platform that is not for Wasm.
  std::vector<validate::Finding> findings;
  std::vector<BuiltModule> modules;  ///< Of layers that were made now; not of cached ones.
  unsigned steps_cached = 0;         ///< Layers that came from the cache.
};

/// Builds. What happens is told to `reporter`: "STEP 2/3: COPY app.wasm /".
/// Throws Error with "`containerfile.name`:LINE" in front and the line as excerpt: invalid for a
/// mistake in the Containerfile, a source that is not there, a broken module, and an entry point
/// that is not a module although the platform is for Wasm; unsupported, with the reason; and what
/// the store throws.
[[nodiscard]] BuildResult build_image(const BuildRequest& request, const BuildTools& tools,
                                      store::LayoutStore& store, Reporter& reporter);

/// What is to be said about a Containerfile: what the rules say, and all that a build of `request`
/// would refuse, without making layers or an image. Sources are looked up in the context, modules
/// are read and validated, and what is to be run is looked at. Never throws for the Containerfile's
/// fault, nor for a file's. Throws Error: usage, as build_image; cancelled; what loading an engine
/// throws. `reporter` is told how modules are validated, and not of steps.
[[nodiscard]] std::vector<validate::Finding> check_build(const BuildRequest& request,
                                                         const BuildTools& tools,
                                                         Reporter& reporter);

/// The folders of a store's cache that can be trimmed, besides those of the runner: results of
/// steps, findings and optimised modules, and what `modulah push` keeps. A build that made a new
/// layer trims them now and then.
[[nodiscard]] std::vector<store::CacheFolder> build_cache_folders(
    const std::filesystem::path& cache_directory);

}  // namespace modulah::builder
