// push, pull, save and load in one function.
#pragma once

#include <functional>

#include "modulah/base/reporter.h"
#include "modulah/image/image_store.h"

namespace modulah::image {

struct CopyOptions {
  unsigned threads = 4;          ///< Blobs in flight at once.
  Reporter* reporter = nullptr;  ///< Null: silent. Must outlive the call.
};

struct CopyResult {
  std::uint64_t blobs_copied = 0;
  std::uint64_t blobs_skipped = 0;  ///< They were there already.
  std::uint64_t bytes_copied = 0;
};

/// Copies `root` (a manifest or an index) and all it refers to from `from` to `to`: children before
/// parents, blobs of one manifest side by side, skipping what `to` has. Documents go over as the
/// bytes they came in. Names are the caller's affair. Throws what the stores throw, and Error
/// invalid for a document that cannot be read; then `to` may have more blobs than before, but no
/// document whose children are missing.
CopyResult copy_image(ImageStore& from, ImageStore& to, const oci::Descriptor& root,
                      const CopyOptions& options = {});

}  // namespace modulah::image
