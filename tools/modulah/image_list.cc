// Lists the store's images and reads what they are made of.
#include "image_list.h"

#include <algorithm>

#include "modulah/base/error.h"
#include "modulah/oci/index.h"
#include "modulah/oci/media_type.h"

#include "image_record.h"

namespace modulah::cli {

namespace {

std::string text_of(const oci::Platform& platform) {
  const std::string text = platform.text();
  return text == "/" ? "" : text;
}

/// Sizes and layers of a manifest; one that is not stored has those that its descriptor tells.
PlatformImage read_platform(store::LayoutStore& store, const oci::Descriptor& manifest) {
  PlatformImage image{manifest, {}, {}, 0, true};
  if (manifest.platform) image.platform = text_of(*manifest.platform);
  image.is_stored = store.has(manifest);
  if (!image.is_stored) return image;
  const oci::Manifest parsed =
      oci::parse_manifest(oci::read_blob(store, manifest, oci::kMaxDocumentBytes),
                          "manifest " + manifest.digest.text());
  image.layers = parsed.layers;
  image.size = manifest.size + parsed.config.size;
  for (const oci::Descriptor& layer : parsed.layers) image.size += layer.size;
  return image;
}

void read_image(store::LayoutStore& store, ListedImage& image) {
  const oci::Descriptor& root = image.stored.manifest;
  image.config = read_documents(store, root).config;
  image.is_index = oci::is_index(root.media_type);
  if (!image.is_index) {
    image.platforms.push_back(read_platform(store, root));
    image.platforms.back().platform = text_of(image.config.platform);
    return;
  }
  const oci::Index index = oci::parse_index(oci::read_blob(store, root, oci::kMaxDocumentBytes),
                                            "index " + root.digest.text());
  for (const oci::Descriptor& entry : index.manifests)
    if (oci::is_manifest(entry.media_type)) image.platforms.push_back(read_platform(store, entry));
}

}  // namespace

std::vector<ListedImage> list_images(store::LayoutStore& store) {
  std::vector<ListedImage> images;
  for (store::StoredImage& stored : store.images()) {
    ListedImage image{std::move(stored), {}, {}, false};
    image.is_index = oci::is_index(image.stored.manifest.media_type);
    if (image.stored.problem.empty()) {
      try {
        read_image(store, image);
      } catch (const Error& error) {
        image.stored.problem = error.message();
      }
    }
    images.push_back(std::move(image));
  }
  // The store lists the last one last.
  std::reverse(images.begin(), images.end());
  std::stable_sort(images.begin(), images.end(), [](const ListedImage& a, const ListedImage& b) {
    return a.stored.added > b.stored.added;
  });
  return images;
}

NameParts split_name(const std::string& name) {
  if (name.empty()) return {};
  const std::string plain = name.substr(0, name.find('@'));
  const std::size_t colon = plain.rfind(':');
  const std::size_t slash = plain.rfind('/');
  if (colon == std::string::npos || (slash != std::string::npos && colon < slash))
    return {plain, "<none>"};
  return {plain.substr(0, colon), plain.substr(colon + 1)};
}

std::map<oci::Digest, std::uint64_t> blobs_of(store::LayoutStore& store, const ListedImage& image) {
  std::map<oci::Digest, std::uint64_t> blobs;
  const auto add = [&](const oci::Descriptor& blob) {
    if (store.has(blob)) blobs.emplace(blob.digest, blob.size);
  };
  add(image.stored.manifest);
  for (const PlatformImage& platform : image.platforms) {
    if (!platform.is_stored) continue;
    add(platform.manifest);
    try {
      add(oci::parse_manifest(oci::read_blob(store, platform.manifest, oci::kMaxDocumentBytes),
                              platform.manifest.digest.text())
              .config);
    } catch (const Error&) {
      // Then nothing is known to need it.
    }
    for (const oci::Descriptor& layer : platform.layers) add(layer);
  }
  return blobs;
}

}  // namespace modulah::cli
