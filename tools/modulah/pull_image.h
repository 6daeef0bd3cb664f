// Getting an image from where it is into the store; for `pull`, and for whoever needs an image.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modulah/image/copy.h"
#include "modulah/oci/platform.h"
#include "modulah/store/layout_store.h"

#include "command.h"
#include "registry_options.h"

namespace modulah::cli {

enum class PullPolicy {
  missing,  ///< Only when the store does not have the name.
  newer,    ///< When the registry has another image under the name, or the store has none.
  always,   ///< Always ask the registry.
  never,    ///< Only look into the store.
};

/// Reads "missing", "newer", "always" or "never", also as podman has them: "ifmissing", "ifnewer",
/// "true", "false". Throws Error usage, naming `option`.
[[nodiscard]] PullPolicy parse_pull_policy(std::string_view text, std::string_view option);

struct PullRequest {
  RegistryFlags registry;
  PullPolicy policy = PullPolicy::missing;
  std::optional<oci::Platform> platform;  ///< Of an index; else wasi/wasm, else linux on this CPU.
  unsigned threads = 4;                   ///< Blobs in flight at once.
};

struct PulledImage {
  std::string name;          ///< What the store has it by; empty: it has no name.
  oci::Descriptor manifest;  ///< Never an index that was pulled.
  oci::Digest id;            ///< The configuration's digest.
  image::CopyResult copied;  ///< All zero when the registry was not asked for blobs.
};

/// Gets the image that `word` names (a reference, "docker://REFERENCE", "oci:DIR[:REF]" or
/// "oci-archive:FILE[:REF]") into `store`, all of it before its name. Throws Error: not_found when
/// there is no such image, or none for the platform, and what registries throw.
[[nodiscard]] PulledImage pull_image(const Invocation& invocation, store::LayoutStore& store,
                                     std::string_view word, const PullRequest& request,
                                     Reporter& reporter);

}  // namespace modulah::cli
