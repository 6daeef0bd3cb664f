// The one interface for every place that images are in: the local store, a registry's
// repository, an archive, a test's memory.
//
// It is narrow on purpose. An image is blobs that refer to each other by descriptor, so a
// place that can store blobs and name them can store images; push, pull, save and load
// are copy_image() between two of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/base/io.h"
#include "modulah/base/reporter.h"
#include "modulah/oci/blob_reader.h"
#include "modulah/oci/descriptor.h"

namespace modulah::image {

/// Safe to use from several threads at once.
class ImageStore : public oci::BlobReader {
 public:
  /// Stores `content` under its descriptor; nothing happens when it is there.
  /// A blob that another one refers to must be stored before that one.
  /// Throws Error corrupt when the content is not what the descriptor says; nothing is kept then.
  virtual void put(const oci::Descriptor& blob, Source& content) = 0;
  /// The manifest or index that `name` (a tag, a reference or a digest, as the store's kind says)
  /// stands for, or nothing.
  [[nodiscard]] virtual std::optional<oci::Descriptor> resolve(std::string_view name) = 0;
  /// Makes `name` stand for `manifest`, which is stored; atomically replaces what it stood for.
  virtual void tag(std::string_view name, const oci::Descriptor& manifest) = 0;
  /// Whether a blob that `open` gave, and whose reading failed with `error` after `failures` such
  /// failures before it, may be opened once more: a network may bring the right bytes the next
  /// time. May wait before it says so.
  [[nodiscard]] virtual bool may_reopen(const oci::Descriptor& blob, const Error& error,
                                        unsigned failures) {
    (void)blob, (void)error, (void)failures;
    return false;
  }
  /// How many bytes can still be stored, when that is known.
  [[nodiscard]] virtual std::optional<std::uint64_t> free_bytes() { return std::nullopt; }
  /// True when blobs should come one after the other, in the order the documents name them,
  /// because the order shows in the result (an archive).
  [[nodiscard]] virtual bool is_sequential() const { return false; }
};

}  // namespace modulah::image
