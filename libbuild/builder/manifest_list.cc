// Changing an index as a value, then storing it.
#include "modulah/builder/manifest_list.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/blob_writer.h"
#include "modulah/oci/index.h"

namespace modulah::builder {

namespace {

oci::Index read_list(store::LayoutStore& store, const std::string& name, oci::Format format) {
  const std::optional<oci::Descriptor> there = store.resolve(name);
  if (!there) {
    oci::Index index;
    index.media_type =
        format == oci::Format::oci ? oci::media_type::kOciIndex : oci::media_type::kDockerIndex;
    return index;
  }
  if (!oci::is_index(there->media_type))
    throw Error(ErrorKind::invalid, fmt::format("\"{}\" is an image, not a list of images", name),
                "Choose another name for the list, or remove the image.");
  oci::Index index = oci::parse_index(oci::read_blob(store, *there, oci::kMaxDocumentBytes),
                                      "index " + there->digest.text());
  if (index.media_type.empty()) index.media_type = there->media_type;
  return index;
}

/// A list is one thing that grows: what it was before is not kept, unless it has another name.
void remove_unnamed(store::LayoutStore& store, const oci::Descriptor& list) {
  for (const store::StoredImage& image : store.images()) {
    if (image.manifest.digest != list.digest || !image.names.empty()) continue;
    (void)store.remove(list.digest.hex(), store::Removing::last_name_only);
    return;
  }
}

void add_image(oci::Index& index, const BuiltImage& image) {
  oci::Descriptor entry = image.manifest;
  entry.platform = image.platform;
  const auto found = std::find_if(
      index.manifests.begin(), index.manifests.end(), [&](const oci::Descriptor& other) {
        return other.platform == entry.platform || other.digest == entry.digest;
      });
  if (found == index.manifests.end())
    index.manifests.push_back(std::move(entry));
  else
    *found = std::move(entry);
}

}  // namespace

oci::Descriptor add_to_list(store::LayoutStore& store, const std::string& name,
                            std::span<const BuiltImage> images, oci::Format format) {
  oci::Index index = read_list(store, name, format);
  for (const BuiltImage& image : images) add_image(index, image);
  const oci::Descriptor root = image::put_document(store, index.media_type, oci::to_json(index));
  const std::optional<oci::Descriptor> before = store.resolve(name);
  store.tag(name, root);
  if (before && before->digest != root.digest) remove_unnamed(store, *before);
  return root;
}

}  // namespace modulah::builder
