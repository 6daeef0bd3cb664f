// What one layer is to have in it, before a byte of content is read.
//
// Instructions add files, directories and links in the order of their words; the plan keeps, for
// each path, the last one, as copying one after the other would. It is worked out against the
// Tree of the layers below: parents that are missing are added, symlinks on the way are followed.
// Archives are only noted: what is in them is known when they are read.
//
// The key of a plan is the hash of all that its layer's bytes come from: names, modes, owners,
// times and the identities of the files. Equal keys are the same layer, so a layer made before is
// found without reading anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/hash.h"
#include "modulah/layer/entry.h"
#include "modulah/layer/tree.h"

#include "context.h"

namespace modulah::builder {

struct Owner {
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;

  friend bool operator==(const Owner&, const Owner&) = default;
};

/// Where a file's bytes come from.
struct Content {
  enum class Kind {
    none,     ///< It has none: a directory, a link, an empty file.
    context,  ///< A file of the context.
    text,     ///< A here-document.
    archive,  ///< A member of an archive.
  };
  Kind kind = Kind::none;
  ContextEntry file = {};                        ///< Of kind context.
  std::shared_ptr<const std::string> text = {};  ///< Of kind text. Shared: plans are copied.
  std::size_t archive = 0;                       ///< Of kind archive: which of `archives()`.
  std::size_t member = 0;                        ///< Of kind archive: counted from 0.
};

struct PlannedEntry {
  layer::Entry entry;
  Content content;
  std::size_t number = 0;  ///< Grows with each addition: of two for one path the greater one wins.
};

/// An archive that ADD unpacks.
struct PlannedArchive {
  ContextEntry file;
  std::string destination;  ///< A directory in the image.
  bool has_owner = false;   ///< Its files get `owner`, not the archive's.
  Owner owner;
  std::size_t number = 0;
};

class LayerPlan {
 public:
  /// `below` is what the layers below have; `mtime` is the time of everything in this layer, in
  /// seconds since 1970.
  LayerPlan(layer::Tree below, std::int64_t mtime);

  /// Makes the directory `path` and what is missing above it, all with `owner` and mode 0755; does
  /// nothing when it is there. Throws Error invalid when a file is in the way.
  void make_directory(std::string_view path, const Owner& owner);
  /// Adds a file, directory or link. Its mtime is set to the plan's; missing parents get `owner`.
  void add(layer::Entry entry, Content content, const Owner& owner);
  void add_archive(PlannedArchive archive);

  /// Reads the archives' headers, so that `entries` has what is in them. Call at most once, last.
  void expand_archives(const Context& context);

  [[nodiscard]] bool empty() const noexcept { return entries_.empty() && archives_.empty(); }
  /// In the order of the tar: by path, so parents come first.
  [[nodiscard]] const std::map<std::string, PlannedEntry>& entries() const noexcept {
    return entries_;
  }
  [[nodiscard]] const std::vector<PlannedArchive>& archives() const noexcept { return archives_; }
  /// What there is with this layer on top; without the archives' content before they are expanded.
  [[nodiscard]] const layer::Tree& tree() const noexcept { return tree_; }
  /// The layers below, as they were.
  [[nodiscard]] const layer::Tree& below() const noexcept { return below_; }

  /// Adds all that the bytes of the layer come from to `hash`. Before the archives are expanded.
  void hash_into(Sha256Sink& hash) const;
  /// The latest time at which one of the files was changed, in nanoseconds since 1970.
  [[nodiscard]] std::int64_t latest_change_ns() const;

 private:
  void put(layer::Entry entry, Content content, std::size_t number);
  void add_member(const layer::Entry& member, std::size_t archive, std::size_t number);

  layer::Tree below_;
  layer::Tree tree_;
  std::int64_t mtime_;
  std::map<std::string, PlannedEntry> entries_;
  std::vector<PlannedArchive> archives_;
  std::size_t next_number_ = 0;
};

}  // namespace modulah::builder
