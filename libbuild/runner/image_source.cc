// Looks up an image's documents.
#include "image_source.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/oci/media_type.h"

namespace modulah::runner {
namespace {

/// Layers that are the module's bytes as they are: the CNCF artifact's, wasm-to-oci's and Spin's,
/// solo.io's and wasmCloud's, runwasi's.
constexpr std::array<std::string_view, 4> kModuleTypes = {
    oci::media_type::kWasmLayer, "application/vnd.wasm.content.layer.v1+wasm",
    "application/vnd.module.wasm.content.layer.v1+wasm",
    "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm"};

bool is_module(const oci::Descriptor& layer) {
  return std::find(kModuleTypes.begin(), kModuleTypes.end(), layer.media_type) !=
         kModuleTypes.end();
}

bool is_image_config(std::string_view type) {
  return type == oci::media_type::kOciConfig || type == oci::media_type::kDockerConfig;
}

std::string platforms_of(const oci::Index& index) {
  std::vector<std::string> names;
  for (const oci::Descriptor& entry : index.manifests)
    if (entry.platform && entry.platform->os != "unknown") names.push_back(entry.platform->text());
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The manifest to run: `root`, or an entry of the index that it is.
oci::Descriptor choose(oci::BlobReader& blobs, const oci::Descriptor& root,
                       const std::optional<oci::Platform>& platform, std::string_view image) {
  if (!oci::is_index(root.media_type)) return root;
  const oci::Index index = oci::parse_index(oci::read_blob(blobs, root, oci::kMaxDocumentBytes),
                                            "index " + root.digest.text());
  const oci::Descriptor* entry =
      platform ? oci::find_platform(index, *platform) : choose_manifest(index);
  if (entry == nullptr && platform)
    throw Error(ErrorKind::not_found, fmt::format("image {} is not for {}, but for {}", image,
                                                  platform->text(), platforms_of(index)));
  if (entry == nullptr)
    throw Error(
        ErrorKind::unsupported,
        fmt::format("image {} is for {}, and none of them is Wasm", image, platforms_of(index)),
        "Choose one of them with --platform.");
  return *entry;
}

/// Throws Error not_found when an image without an index is for another platform.
void require_platform(const oci::Platform& found, const oci::Platform& wanted,
                      std::string_view image) {
  const bool is_it = found.os == wanted.os && found.architecture == wanted.architecture &&
                     (wanted.variant.empty() || found.variant == wanted.variant);
  if (!is_it)
    throw Error(ErrorKind::not_found, fmt::format("image {} is not for {}, but for {}", image,
                                                  wanted.text(), found.text()));
}

}  // namespace

const oci::Descriptor* choose_manifest(const oci::Index& index) {
  for (const char* os : {"wasi", "wasip1", "wasip2", "linux", "js"})
    for (const char* architecture : {"wasm", "wasm32"})
      if (const auto* found =
              oci::find_platform(index, oci::Platform{os, architecture, {}, {}, {}}))
        return found;
  const oci::Descriptor* only = nullptr;
  for (const oci::Descriptor& entry : index.manifests) {
    // Build tools add attestations under this platform.
    if (entry.platform && entry.platform->os == "unknown") continue;
    if (only != nullptr) return nullptr;
    only = &entry;
  }
  return only;
}

ImageSource load_image(oci::BlobReader& blobs, const oci::Descriptor& root,
                       const std::optional<oci::Platform>& platform, std::string_view image) {
  const oci::Descriptor chosen = choose(blobs, root, platform, image);
  const oci::Manifest manifest = oci::parse_manifest(
      oci::read_blob(blobs, chosen, oci::kMaxDocumentBytes), "manifest " + chosen.digest.text());
  ImageSource source;
  source.annotations = manifest.annotations;
  if (is_image_config(manifest.config.media_type))
    source.config =
        oci::parse_image_config(oci::read_blob(blobs, manifest.config, oci::kMaxDocumentBytes),
                                "configuration " + manifest.config.digest.text());
  if (platform && is_image_config(manifest.config.media_type))
    require_platform(source.config.platform, *platform, image);
  for (const oci::Descriptor& layer : manifest.layers) {
    if (oci::is_layer(layer.media_type))
      source.layers.push_back(layer);
    else if (is_module(layer) && !source.module)
      source.module = layer;
  }
  if (source.layers.empty() && !source.module)
    throw Error(ErrorKind::unsupported,
                fmt::format("image {} has no layer with files, and none that is a module", image));
  if (source.module && !source.config.config.entrypoint && !source.config.config.command)
    source.config.config.entrypoint = {"/main.wasm"};
  return source;
}

}  // namespace modulah::runner
