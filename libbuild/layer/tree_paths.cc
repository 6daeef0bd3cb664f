// Looking things up in a Tree: paths are worked out as the kernel does below a chroot.
#include <algorithm>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "tree_node.h"

namespace modulah::layer {

namespace {

/// As many as Linux allows on one way.
constexpr int kMaxLinks = 40;
constexpr std::size_t kMaxPathBytes = 4096;
/// A few seconds of work. A million files, each beneath a symlink of ten names, take half of it.
constexpr std::uint64_t kMaxLinkSteps = 20'000'000;

/// Puts the names of `path` in front of `front`; returns how many.
std::size_t split(std::string_view path, std::deque<std::string>& front) {
  std::deque<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash != 0) names.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  front.insert(front.begin(), names.begin(), names.end());
  return names.size();
}

}  // namespace

/// A walk from the root: the names so far and their nodes; null from the first that is not there.
struct TreeWalk {
  using Node = Tree::Node;

  enum class Outcome { arrived, looped, is_file };

  explicit TreeWalk(const Node* root) : nodes{root} {}

  /// Goes along `path` until its end, a loop, or a file among its directories.
  Outcome go(std::string_view path, LastLink last) {
    std::deque<std::string> left;
    split(path, left);
    int links = 0;
    while (!left.empty()) {
      const std::string name = std::move(left.front());
      left.pop_front();
      if (name == ".") continue;
      if (name == "..") {
        up();
        continue;
      }
      if (nodes.back() != nullptr && nodes.back()->entry.type != EntryType::directory)
        return Outcome::is_file;
      const Node* next = child(name);
      const bool is_link = next != nullptr && next->entry.type == EntryType::symlink;
      if (!is_link || (left.empty() && last == LastLink::keep)) {
        names.push_back(name);
        nodes.push_back(next);
        continue;
      }
      if (++links > kMaxLinks) return Outcome::looped;
      const std::string& target = next->entry.link_target;
      if (target.starts_with('/')) top();
      link_steps += split(target, left);
    }
    return Outcome::arrived;
  }

  [[nodiscard]] const Node* child(const std::string& name) const {
    if (nodes.back() == nullptr) return nullptr;
    const auto found = nodes.back()->children.find(name);
    return found == nodes.back()->children.end() ? nullptr : found->second.get();
  }
  void up() {
    if (names.empty()) return;
    names.pop_back();
    nodes.pop_back();
  }
  void top() {
    names.clear();
    nodes.resize(1);
  }

  [[nodiscard]] std::string path() const {
    return names.empty() ? "." : fmt::format("{}", fmt::join(names, "/"));
  }

  std::vector<std::string> names;
  std::vector<const Node*> nodes;  ///< The root's, and one for each name.
  std::uint64_t link_steps = 0;    ///< Names that came out of symlinks.

  /// The path that was arrived at; `asked` is for messages.
  [[nodiscard]] std::string result(Outcome outcome, std::string_view asked) const;
};

std::optional<TreeEntry> Tree::find(std::string_view path, LastLink last) const {
  TreeWalk walk(root_.get());
  if (walk.go(path, last) != TreeWalk::Outcome::arrived || walk.nodes.back() == nullptr)
    return std::nullopt;
  return walk.nodes.back()->entry;
}

std::string TreeWalk::result(Outcome outcome, std::string_view asked) const {
  switch (outcome) {
    case Outcome::arrived:
      break;
    case Outcome::looped:
      throw Error(
          ErrorKind::invalid,
          fmt::format("path \"{}\" has more than {} symbolic links on its way", asked, kMaxLinks));
    case Outcome::is_file:
      throw Error(
          ErrorKind::invalid,
          fmt::format("path \"{}\" leads through \"{}\", which is not a directory", asked, path()));
  }
  std::string result = path();
  if (result.size() > kMaxPathBytes)
    throw Error(ErrorKind::invalid, fmt::format("path \"{}\" leads to one of more than {} bytes",
                                                asked, kMaxPathBytes));
  return result;
}

std::string Tree::resolve(std::string_view path, LastLink last) const {
  TreeWalk walk(root_.get());
  const TreeWalk::Outcome outcome = walk.go(path, last);
  return walk.result(outcome, path);
}

std::string Tree::resolve_parent(std::string_view path) {
  TreeWalk walk(root_.get());
  const TreeWalk::Outcome outcome = walk.go(path, LastLink::follow);
  link_steps_ += walk.link_steps;
  if (link_steps_ > kMaxLinkSteps)
    throw Error(ErrorKind::invalid,
                fmt::format("following the symbolic links of the layers takes more than the {} "
                            "steps allowed",
                            kMaxLinkSteps));
  return walk.result(outcome, path);
}

std::vector<std::string> Tree::names(std::string_view path) const {
  TreeWalk walk(root_.get());
  std::vector<std::string> result;
  if (walk.go(path, LastLink::follow) != TreeWalk::Outcome::arrived || walk.nodes.back() == nullptr)
    return result;
  for (const auto& [name, node] : walk.nodes.back()->children) result.push_back(name);
  return result;
}

void Tree::walk(const std::function<void(const std::string& path, const TreeEntry&)>& visit) const {
  // A stack of our own: how deep the directories are is up to who made the layer.
  std::vector<std::pair<std::string, const Node*>> left;
  const auto push_children = [&](const std::string& path, const Node& node) {
    for (auto child = node.children.rbegin(); child != node.children.rend(); ++child)
      left.emplace_back(path.empty() ? child->first : fmt::format("{}/{}", path, child->first),
                        child->second.get());
  };
  push_children("", *root_);
  while (!left.empty()) {
    const auto [path, node] = std::move(left.back());
    left.pop_back();
    visit(path, node->entry);
    push_children(path, *node);
  }
}

}  // namespace modulah::layer
