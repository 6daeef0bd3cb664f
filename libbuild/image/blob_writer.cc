// Small documents as blobs.
#include "modulah/image/blob_writer.h"

#include <string>

namespace modulah::image {

oci::Descriptor put_document(ImageStore& store, std::string_view media_type,
                             std::string_view text) {
  oci::Descriptor descriptor{std::string(media_type), oci::Digest::of(text), text.size()};
  if (!store.has(descriptor)) {
    SpanSource content(text);
    store.put(descriptor, content);
  }
  return descriptor;
}

}  // namespace modulah::image
