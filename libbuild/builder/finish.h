// The last of a build: what the request adds, the defaults for a Wasm image, the documents.
#pragma once

#include <optional>
#include <string>

#include "modulah/builder/request.h"
#include "modulah/layer/tree.h"
#include "modulah/oci/descriptor.h"
#include "modulah/store/layout_store.h"

#include "stage_state.h"

namespace modulah::builder {

/// The file that a container of the image runs first.
struct EntryPoint {
  std::string word;  ///< As the configuration says it.
  std::string path;  ///< In the image, symlinks followed; no slash at the start.
  std::optional<layer::TreeEntry> file;  ///< What is there, or nothing.
  bool is_module = false;
};

/// The entry point of `state`'s configuration; nothing when it has neither ENTRYPOINT nor CMD.
[[nodiscard]] std::optional<EntryPoint> find_entry_point(const StageState& state);

/// Adds what the request says of environment, labels and annotations, and what makes runtimes take
/// a Wasm image for one: module.wasm.image/variant, when the entry point is a module.
[[nodiscard]] StageState apply_request(StageState state, const BuildRequest& request);

struct StoredDocuments {
  oci::Descriptor manifest;
  oci::Digest id;  ///< Of the configuration.
};

/// Stores configuration and manifest.
[[nodiscard]] StoredDocuments store_documents(const StageState& state, oci::Format format,
                                              store::LayoutStore& store);

/// "1970-01-01T00:00:00Z" for 0. Throws Error invalid for a time before that, or after 9999.
[[nodiscard]] std::string rfc3339(std::int64_t seconds);

}  // namespace modulah::builder
