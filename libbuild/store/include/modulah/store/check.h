// Looking a whole store through for damage, and repairing what can be repaired without asking
// anybody: what "modulah fsck" does.
//
// What is damaged is removed, never changed: a blob that is missing is fetched by the next pull and
// made by the next build, while one that is there and wrong stands in their way.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/oci/descriptor.h"

namespace modulah::store {

class LayoutStore;

struct Problem {
  enum class Kind {
    index,         ///< index.json cannot be read. Repair: a new one, which lists all images found.
    blob_damaged,  ///< The bytes are not what the name says. Repair: the blob is removed.
    blob_missing,  ///< An image refers to it. Repaired by a build or a pull.
    document,      ///< A manifest or index that cannot be parsed. Repaired by a build or a pull.
    name,          ///< Several images have one name. Repair: the last keeps it.
    cache,         ///< A damaged record. Repair: it is removed.
    leftover,      ///< What a killed process left. Repair: it is removed.
    stray,         ///< A file that is no part of a store. It stays.
    permissions,   ///< Others have access to the store. Repair: they have not any more.
  };
  Kind kind = Kind::blob_damaged;
  std::string subject;              ///< A path beneath the store, a digest or a name.
  std::string message;              ///< What is wrong with it.
  std::vector<std::string> images;  ///< Names (or digests) of the images that it is a part of.
  bool is_repaired = false;
};

/// The name of a kind in JSON, e.g. "blob_damaged".
[[nodiscard]] std::string_view to_string(Problem::Kind kind);

/// An image that cannot be used as it is.
struct IncompleteImage {
  oci::Descriptor manifest;
  std::vector<std::string> names;
};

struct CheckOptions {
  bool is_repairing = false;
  unsigned threads = 2;          ///< Blobs that are read at once.
  Reporter* reporter = nullptr;  ///< Shows progress. Null: silent.
  std::stop_token stop = {};     ///< When requested, Error cancelled is thrown.
};

struct CheckReport {
  std::vector<Problem> problems;  ///< In a fixed order: index, names, images, blobs, caches, rest.
  std::vector<IncompleteImage> incomplete;
  std::uint64_t images = 0;
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;  ///< Of all blobs; all of them were read.
};

/// Reads every blob and looks at every name, cache record and file of the store, which must be of
/// Role store. Repairing needs a store that was opened for writing, and that nobody else is using:
/// Error unavailable otherwise. Throws Error denied and io for what cannot be read.
[[nodiscard]] CheckReport check_store(LayoutStore& store, const CheckOptions& options);

}  // namespace modulah::store
