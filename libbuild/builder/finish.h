// The end of a build: what the request adds, the defaults for a Wasm image, the documents.
#pragma once

#include <optional>
#include <string>

#include "modulah/builder/request.h"
#include "modulah/image/edit.h"
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
  std::optional<KnownFile> known;        ///< What is known of the file.

  [[nodiscard]] bool is_module() const {
    return known && known->kind == validate::FileKind::module;
  }
};

/// The entry point of `state`'s configuration; nothing when it has neither ENTRYPOINT nor CMD.
[[nodiscard]] std::optional<EntryPoint> find_entry_point(const StageState& state);

/// Adds what the request says of environment, labels and annotations, and what makes runtimes
/// take it for a Wasm image: module.wasm.image/variant, when the entry point is a module.
[[nodiscard]] StageState apply_request(StageState state, const BuildRequest& request);

/// An image's documents before they are stored.
struct Documents {
  oci::Descriptor config;
  std::string config_text;
  oci::Descriptor manifest;
  std::string manifest_text;
};
[[nodiscard]] Documents make_documents(const image::Image& image, oci::Format format);
void store_documents(const Documents& documents, store::LayoutStore& store);

/// "1970-01-01T00:00:00Z" for 0. Throws Error invalid for a time before that, or after 9999.
[[nodiscard]] std::string rfc3339(std::int64_t seconds);

}  // namespace modulah::builder
