// index.json of a layout as a value that can be changed; internal.
//
// A layout may be somebody else's, with fields and entries that we do not know. So a change is
// made in the JSON itself, and everything else in it stays as it is.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/descriptor.h"

namespace modulah::store {

class LayoutIndex {
 public:
  /// Reads `path`; a file that is not there is an index without images.
  /// Throws Error: invalid, naming the path, when it is malformed.
  static LayoutIndex read(const std::filesystem::path& path);
  ~LayoutIndex();
  LayoutIndex(LayoutIndex&&) noexcept;

  /// The entries we can read: those of other digest algorithms are left out.
  [[nodiscard]] const std::vector<oci::Descriptor>& entries() const noexcept { return entries_; }
  /// The text it was read from: the digests in it are those that the layout needs.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// True when `tag` would change nothing.
  [[nodiscard]] bool has_tag(std::string_view name, const oci::Descriptor& manifest) const;
  /// Whether an image of this digest has a name.
  [[nodiscard]] bool is_named(const oci::Digest& digest) const;
  /// Makes `name` stand for `manifest`, as the last entry; what had the name stays without it. An
  /// empty name lists the manifest.
  void tag(std::string_view name, const oci::Descriptor& manifest);
  /// Takes a name off; false when there is none.
  bool untag(std::string_view name);
  /// Takes out all entries of a digest.
  void remove(const oci::Digest& digest);
  /// Takes out all entries without a name; returns how many.
  std::size_t remove_unnamed();

  /// The text to be written.
  [[nodiscard]] std::string dump() const;

 private:
  struct Document;
  LayoutIndex(std::string text, std::vector<oci::Descriptor> entries, std::string what);
  /// The JSON, parsed when it is first to be changed.
  Document& document();

  std::string text_;
  std::vector<oci::Descriptor> entries_;
  std::string what_;
  std::unique_ptr<Document> document_;
};

}  // namespace modulah::store
