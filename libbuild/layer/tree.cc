// The names, types and modes of a stage's files: reading layers into a Tree.
//
// Every change walks down from the root and makes the nodes on its way its own, which copies
// those that other Trees share. Paths are worked out before (tree_paths.cc), so that no
// symlink is among the names of the way.
#include "modulah/layer/tree.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"
#include "modulah/layer/path.h"
#include "modulah/layer/tar_reader.h"

#include "tree_node.h"

namespace modulah::layer {

namespace {

/// The name before the first slash of `path`, which loses it. Of "" and "." none.
std::string_view take_name(std::string_view& path) {
  if (path == ".") path = {};
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view name = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return name;
}

std::string join(std::string_view directory, std::string_view name) {
  return directory == "." ? std::string(name) : fmt::format("{}/{}", directory, name);
}

}  // namespace

/// The changes, which need to see both Tree and Node.
struct TreeEdit {
  using Node = Tree::Node;

  /// The node in `slot`, owned by it alone.
  static Node& own(std::shared_ptr<Node>& slot) {
    if (slot.use_count() > 1)
      slot = std::make_shared<Node>(*slot);
    else
      std::atomic_thread_fence(std::memory_order_acquire);  // After the last other owner.
    return *slot;
  }

  /// The directory at `path`, which has no symlinks in it; missing ones are made.
  static Node& directory(Tree& tree, const std::string_view path_given) {
    std::string_view path = path_given;
    Node* node = &own(tree.root_);
    for (std::string_view name = take_name(path); !name.empty(); name = take_name(path)) {
      check_is_directory(*node, path_given);
      const auto found = node->children.find(name);
      if (found != node->children.end()) {
        node = &own(found->second);
        continue;
      }
      auto made = std::make_shared<Node>();
      made->entry.layer = TreeEntry::kImplicit;
      node = node->children.emplace(name, std::move(made)).first->second.get();
    }
    check_is_directory(*node, path_given);
    return *node;
  }
  static void check_is_directory(const Node& node, std::string_view path) {
    if (node.entry.type != EntryType::directory)
      throw Error(ErrorKind::invalid,
                  fmt::format("\"{}\" is a {}, not a directory", path, to_string(node.entry.type)));
  }

  /// Takes away what is not of the current layer; true when nothing is left of the node.
  static bool prune(std::shared_ptr<Node>& slot, unsigned current) {
    Node& node = own(slot);
    prune_children(node, current);
    return node.entry.layer != current && node.children.empty();
  }
  static void prune_children(Node& node, unsigned current) {
    for (auto child = node.children.begin(); child != node.children.end();)
      child = prune(child->second, current) ? node.children.erase(child) : std::next(child);
  }
};

Tree::Tree() : root_(std::make_shared<Node>()) { root_->entry.layer = TreeEntry::kImplicit; }
Tree::~Tree() = default;
Tree::Tree(const Tree&) = default;
Tree& Tree::operator=(const Tree&) = default;
Tree::Tree(Tree&&) noexcept = default;
Tree& Tree::operator=(Tree&&) noexcept = default;

void Tree::begin_layer() { ++layer_count_; }

std::string Tree::apply(const Entry& entry) {
  return with_context([&] { return fmt::format("entry \"{}\"", printable(entry.path)); },
                      [&] { return apply_entry(entry); });
}

std::string Tree::apply_entry(const Entry& entry) {
  const unsigned current = layer_count_ == 0 ? 0 : layer_count_ - 1;
  TreeEntry value{entry.type, entry.mode,  entry.uid,         entry.gid,
                  entry.size, entry.mtime, entry.link_target, current};
  if (entry.path == ".") {
    TreeEdit::own(root_).entry = value;
    root_->entry.type = EntryType::directory;
    return ".";
  }
  if (const std::optional<Whiteout> whiteout = whiteout_of(entry.path))
    return apply_whiteout(*whiteout, current);
  const std::string parent = resolve_parent(parent_of(entry.path));
  if (entry.type == EntryType::hardlink) {
    const std::string target =
        join(resolve_parent(parent_of(entry.link_target)), name_of(entry.link_target));
    const std::optional<TreeEntry> linked = find(target, LastLink::keep);
    if (!linked || linked->type == EntryType::directory)
      throw Error(ErrorKind::invalid, fmt::format("hard link to \"{}\", which is not a file",
                                                  printable(entry.link_target)));
    value = *linked;
    value.layer = current;
  }
  Node& directory = TreeEdit::directory(*this, parent);
  std::shared_ptr<Node>& slot = directory.children[std::string(name_of(entry.path))];
  const bool is_kept =
      slot && entry.type == EntryType::directory && slot->entry.type == EntryType::directory;
  if (is_kept)
    TreeEdit::own(slot).entry = std::move(value);
  else
    slot = std::make_shared<Node>(Node{std::move(value), {}});
  return join(parent, name_of(entry.path));
}

std::string Tree::apply_whiteout(const Whiteout& whiteout, unsigned current) {
  const bool is_name = whiteout.kind == Whiteout::Kind::name;
  const std::string path =
      is_name ? join(resolve_parent(parent_of(whiteout.path)), name_of(whiteout.path))
              : resolve_parent(whiteout.path);
  if (!find(path, LastLink::keep)) return path;
  if (is_name) {
    Node& directory = TreeEdit::directory(*this, parent_of(path));
    const auto found = directory.children.find(name_of(path));
    if (TreeEdit::prune(found->second, current)) directory.children.erase(found);
    return path;
  }
  Node& directory = TreeEdit::directory(*this, path);
  TreeEdit::prune_children(directory, current);
  return path;
}

void Tree::apply_layer(TarReader& layer) {
  begin_layer();
  while (const std::optional<Entry> entry = layer.next()) apply(*entry);
}

}  // namespace modulah::layer
