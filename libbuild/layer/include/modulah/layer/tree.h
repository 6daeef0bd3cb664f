// The names, types and modes of a stage's files, without their contents.
//
// A build asks of the image so far: is this a directory, where does this link lead, which
// parents are missing? Tar headers answer that, so no layer is unpacked. A Tree is a value that
// is cheap to copy: copies share all directories that neither of them changes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/layer/entry.h"

namespace modulah::layer {

class TarReader;
struct TreeEdit;
struct TreeWalk;

/// What a Tree knows of one file.
struct TreeEntry {
  EntryType type = EntryType::directory;  ///< Never hardlink: those are the file they name.
  unsigned mode = 0755;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::uint64_t size = 0;   ///< In bytes.
  std::int64_t mtime = 0;   ///< Seconds since 1970.
  std::string link_target;  ///< Of symlinks.
  /// Which layer it is from, counted from 0; kImplicit for a directory no layer names.
  unsigned layer = 0;

  static constexpr unsigned kImplicit = ~0U;
};

/// Whether a symlink as the last name of a path is followed.
enum class LastLink { follow, keep };

/// Paths may begin with "/" or not; "." and ".." and symlinks are worked out within the root, as
/// the kernel does below a chroot. Copies may be used from different threads; one object may not be
/// changed while another thread uses it.
class Tree {
 public:
  Tree();
  ~Tree();
  Tree(const Tree&);
  Tree& operator=(const Tree&);
  Tree(Tree&&) noexcept;
  Tree& operator=(Tree&&) noexcept;

  /// Says that what comes now is of the next layer: whiteouts hide what came before this.
  void begin_layer();
  /// Applies an entry of the current layer, as unpacking would: whiteouts remove, a file replaces
  /// what was there, a directory keeps its content, missing parents are made, symlinks among the
  /// parents are followed within the root. Returns the path where it lies now, without symlinks.
  /// Throws Error invalid for a hard link to what is not there, for loops of symlinks, and when the
  /// layers make following symlinks among parents take more steps than any honest layer does.
  std::string apply(const Entry& entry);
  /// Begins a layer and applies all entries of `layer`.
  void apply_layer(TarReader& layer);

  /// What is at `path`, or nothing. A dangling or looping symlink is nothing, when followed.
  [[nodiscard]] std::optional<TreeEntry> find(std::string_view path,
                                              LastLink last = LastLink::follow) const;
  /// Where `path` leads: names without symlinks, "." for the root. Names that are not there
  /// are kept as they are, so the result may be a path to be made. Throws Error invalid for more
  /// than 40 symlinks on the way, and when a name on the way is a file.
  [[nodiscard]] std::string resolve(std::string_view path, LastLink last = LastLink::follow) const;
  /// The names in the directory `path`, sorted; empty when it is not one.
  [[nodiscard]] std::vector<std::string> names(std::string_view path) const;
  /// Calls `visit` for everything but the root, parents first, names in byte order.
  void walk(const std::function<void(const std::string& path, const TreeEntry&)>& visit) const;
  /// The number of layers begun.
  [[nodiscard]] unsigned layer_count() const noexcept { return layer_count_; }

 private:
  struct Node;
  friend struct TreeEdit;
  friend struct TreeWalk;

  std::string apply_entry(const Entry& entry);
  /// resolve() for apply: counts the steps.
  std::string resolve_parent(std::string_view path);
  std::string apply_whiteout(const Whiteout& whiteout, unsigned current);

  std::shared_ptr<Node> root_;  ///< Shared with copies; a node that is shared is never changed.
  unsigned layer_count_ = 0;
  std::uint64_t link_steps_ = 0;  ///< How many names of symlinks were gone along while applying.
};

}  // namespace modulah::layer
