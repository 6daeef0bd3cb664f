// Looks through indexes for a platform.
#include "modulah/images/platforms.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/copy.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

namespace modulah::images {

namespace {

using oci::Descriptor;
using oci::Platform;

/// The platforms of Wasm images: the first is the usual one; the others are in use, too.
std::vector<Platform> wasm_platforms() {
  std::vector<Platform> platforms;
  for (const char* os : {"wasi", "wasip1", "wasip2", "linux", "js"})
    for (const char* architecture : {"wasm", "wasm32"})
      platforms.push_back({os, architecture, {}, {}, {}});
  return platforms;
}

/// Build tools add attestations under this platform.
bool is_attestation(const Descriptor& entry) {
  return entry.platform && entry.platform->os == "unknown";
}

std::string platforms_of(const oci::Index& index) {
  std::vector<std::string> names;
  for (const Descriptor& entry : index.manifests)
    if (entry.platform && !is_attestation(entry)) names.push_back(entry.platform->text());
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The only image of an index, or null.
const Descriptor* only_image(const oci::Index& index) {
  const Descriptor* only = nullptr;
  for (const Descriptor& entry : index.manifests) {
    if (is_attestation(entry)) continue;
    if (only != nullptr) return nullptr;
    only = &entry;
  }
  return only;
}

/// Whether an image that is not in an index is for this platform.
void check_platform(oci::BlobReader& from, const Descriptor& manifest, const Platform& wanted,
                    std::string_view name) {
  const Descriptor config =
      oci::parse_manifest(oci::read_blob(from, manifest, oci::kMaxDocumentBytes),
                          "manifest " + manifest.digest.text())
          .config;
  if (config.media_type != oci::media_type::kOciConfig &&
      config.media_type != oci::media_type::kDockerConfig)
    return;
  const Platform platform =
      oci::parse_image_config(oci::read_blob(from, config, oci::kMaxDocumentBytes),
                              "configuration " + config.digest.text())
          .platform;
  const bool is_wanted =
      platform.os == wanted.os && platform.architecture == wanted.architecture &&
      (wanted.variant.empty() || platform.variant.empty() || platform.variant == wanted.variant);
  if (!is_wanted)
    throw Error(
        ErrorKind::not_found,
        fmt::format("image {} is not for {}, but for {}", name, wanted.text(), platform.text()),
        "Leave out --platform.");
}

/// Looks for the first of `wanted` in each index. `takes_only` takes the only image of an index,
/// whatever its platform.
Descriptor choose(oci::BlobReader& from, Descriptor root, const std::vector<Platform>& wanted,
                  bool takes_only, std::string_view name) {
  for (unsigned depth = 0; oci::is_index(root.media_type); ++depth) {
    if (depth == image::kMaxIndexDepth)
      throw Error(ErrorKind::invalid, fmt::format("image {} is nested deeper than {} indexes", name,
                                                  image::kMaxIndexDepth));
    const oci::Index index = oci::parse_index(oci::read_blob(from, root, oci::kMaxDocumentBytes),
                                              "index " + root.digest.text());
    const Descriptor* chosen = nullptr;
    for (const Platform& platform : wanted)
      if (chosen == nullptr) chosen = oci::find_platform(index, platform);
    if (chosen == nullptr && takes_only) chosen = only_image(index);
    if (chosen == nullptr)
      throw Error(ErrorKind::not_found,
                  fmt::format("image {} is not for {}, but for {}", name, wanted.front().text(),
                              platforms_of(index)),
                  "Choose one of them with --platform.");
    root = Descriptor(*chosen);
  }
  return root;
}

}  // namespace

Descriptor choose_manifest(oci::BlobReader& from, const Descriptor& root,
                           const std::optional<Platform>& wanted, const Platform& host,
                           std::string_view name) {
  if (wanted) return choose(from, root, {*wanted}, false, name);
  std::vector<Platform> platforms = wasm_platforms();
  platforms.push_back(host);
  return choose(from, root, platforms, false, name);
}

Descriptor choose_runnable(oci::BlobReader& from, const Descriptor& root, std::string_view name) {
  return choose(from, root, wasm_platforms(), true, name);
}

Descriptor narrow_to(oci::BlobReader& from, const Descriptor& root,
                     const std::optional<Platform>& wanted, std::string_view name) {
  if (!wanted) return root;
  if (oci::is_index(root.media_type)) return choose(from, root, {*wanted}, false, name);
  check_platform(from, root, *wanted, name);
  return root;
}

}  // namespace modulah::images
