// Writing a blob whose digest is not known before its last byte is.
#pragma once

#include <string_view>

#include "modulah/base/io.h"
#include "modulah/image/image_store.h"
#include "modulah/oci/descriptor.h"

namespace modulah::image {

/// A blob that is being written to a store. Without `commit` nothing remains of it.
/// Not safe for use from two threads at once; several may be under way in one store.
class BlobWriter : public Sink {
 public:
  /// The blob is complete: it is in the store when this returns. Its descriptor has
  /// `media_type`, the digest and the size of what was written. Call once. Throws Error.
  [[nodiscard]] virtual oci::Descriptor commit(std::string_view media_type) = 0;
};

/// Stores a small document (a manifest, a configuration) and returns its descriptor. Costs one
/// `has` when it is there already.
oci::Descriptor put_document(ImageStore& store, std::string_view media_type, std::string_view text);

}  // namespace modulah::image
