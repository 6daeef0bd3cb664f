// Getting an image from where it is into the store; for `pull`, and for whoever needs an image.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "modulah/base/reporter.h"
#include "modulah/image/copy.h"
#include "modulah/oci/platform.h"
#include "modulah/oci/reference.h"
#include "modulah/store/layout_store.h"

namespace modulah::images {

/// How registries are reached; credentials, certificates and proxies are the implementation's.
class Registries {
 public:
  virtual ~Registries() = default;
  /// The repository of `reference`, for reading; its names are tags and digests. Never null. What
  /// it gave must not outlive it. Throws Error when there is no way to it.
  [[nodiscard]] virtual std::unique_ptr<image::ImageStore> open(
      const oci::Reference& reference) = 0;
};

enum class PullPolicy {
  missing,  ///< Only when the store does not have the name.
  newer,    ///< When the registry has another image under the name, or the store has none.
  always,   ///< Always ask the registry.
  never,    ///< Only look into the store.
};

/// Reads "missing", "newer", "always" or "never", also as podman has them: "ifmissing", "ifnewer",
/// "true", "false". Throws Error usage, naming `option`.
[[nodiscard]] PullPolicy parse_pull_policy(std::string_view text, std::string_view option);

struct FetchRequest {
  PullPolicy policy = PullPolicy::missing;
  std::optional<oci::Platform> platform;  ///< Of an index; else wasi/wasm, else `host`.
  oci::Platform host;                     ///< What this machine runs natively.
  std::filesystem::path directory;        ///< Relative paths of places on disk are in it.
  unsigned threads = 4;                   ///< Blobs in flight at once.
};

struct FetchedImage {
  std::string name;          ///< What the store has it by; empty: it has no name.
  oci::Descriptor manifest;  ///< Never an index that was fetched.
  oci::Digest id;            ///< The configuration's digest.
  image::CopyResult copied;  ///< All zero when the registry was not asked for blobs.
};

/// Gets the image that `word` names (a reference or a place) into `store`, all of it before its
/// name. Throws Error: usage when it is malformed; not_found when there is no such image, or none
/// for the platform; and what registries throw.
[[nodiscard]] FetchedImage fetch_image(store::LayoutStore& store, std::string_view word,
                                       const FetchRequest& request, Registries& registries,
                                       Reporter& reporter);

}  // namespace modulah::images
