// push, pull, save and load in one function.
#pragma once

#include <functional>
#include <stop_token>

#include "modulah/base/reporter.h"
#include "modulah/image/image_store.h"

namespace modulah::image {

/// How thoroughly to look for blobs that already exist.
enum class CopyCheck {
  shallow,  ///< A document that exists has all it refers to: registries ensure that.
  deep,     ///< Check the blobs of existing documents, too: repairs a damaged local store.
};

struct CopyOptions {
  unsigned threads = 4;  ///< Blobs in flight at once.
  CopyCheck check = CopyCheck::shallow;
  Reporter* reporter = nullptr;  ///< Null: silent. Must outlive the call.
  std::stop_token stop = {};     ///< When asked, no blob is read on and Error cancelled is thrown.
};

struct CopyResult {
  std::uint64_t blobs_copied = 0;
  std::uint64_t blobs_skipped = 0;  ///< They already existed.
  std::uint64_t bytes_copied = 0;
};

/// How many indexes may be nested, and how many descriptors one image may have in all.
inline constexpr unsigned kMaxIndexDepth = 8;
inline constexpr std::size_t kMaxDescriptors = 20'000;
/// The largest blob that is copied: 1 TiB.
inline constexpr std::uint64_t kMaxBlobBytes = std::uint64_t{1} << 40;

/// Copies `root` (a manifest or an index) and all it refers to from `from` to `to`: children before
/// parents, blobs of one manifest side by side, skipping what `to` has. Documents are copied
/// byte for byte. Layers that may not be distributed (foreign layers of old Windows images)
/// are left out, with a warning, when `from` does not have them. Naming is up to the caller.
/// Throws what the stores throw, Error invalid for a document that cannot be read or a blob of more
/// than kMaxBlobBytes, and Error io when `to` has no room for a manifest's blobs; then `to`
/// may have more blobs than before, but no document whose children are missing.
CopyResult copy_image(ImageStore& from, ImageStore& to, const oci::Descriptor& root,
                      const CopyOptions& options = {});

}  // namespace modulah::image
