// Getting images into the store: for `pull`, `load`, and commands that need an image.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/image/copy.h"
#include "modulah/images/open_image.h"
#include "modulah/oci/platform.h"
#include "modulah/oci/reference.h"
#include "modulah/store/layout_store.h"

namespace modulah::images {

/// How registries are reached; credentials, certificates and proxies are the implementation's.
class Registries {
 public:
  virtual ~Registries() = default;
  /// The repository of `reference`, for reading; its names are tags and digests. Never null. What
  /// it gave must not outlive it. Throws Error when it cannot be reached.
  [[nodiscard]] virtual std::unique_ptr<image::ImageStore> open(
      const oci::Reference& reference) = 0;
  /// All tags of a repository, as the registry orders them. Throws Error.
  [[nodiscard]] virtual std::vector<std::string> tags(const oci::Reference& repository) = 0;
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
  Surroundings surroundings;              ///< For places on disk.
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

/// Gets all tags of a repository. Throws Error not_found when it has none.
[[nodiscard]] std::vector<FetchedImage> fetch_all_tags(store::LayoutStore& store,
                                                       const oci::Reference& repository,
                                                       const FetchRequest& request,
                                                       Registries& registries, Reporter& reporter);

struct LoadedImage {
  std::vector<std::string> names;  ///< What the store has it by; empty: it has no name.
  oci::Descriptor manifest;        ///< A manifest or an index.
  oci::Digest id;                  ///< The configuration's digest; of an index its own.
};

/// Gets all images of a place on disk into `store`, with the names that they have there. An image
/// for several platforms is taken as a whole, when it is there as a whole. Throws Error not_found
/// when there is no image, and as reading does.
[[nodiscard]] std::vector<LoadedImage> load_place(store::LayoutStore& store,
                                                  const image::Place& place,
                                                  const Surroundings& surroundings,
                                                  Reporter& reporter);

}  // namespace modulah::images
