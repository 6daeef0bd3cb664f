// A file or directory of a Tree; internal.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "modulah/layer/tree.h"

namespace modulah::layer {

/// A node with more than one owner is never changed: it is copied first, and the copy still
/// shares the children. So copies of a Tree cost what they change.
struct Tree::Node {
  using Children = std::map<std::string, std::shared_ptr<Node>, std::less<>>;

  TreeEntry entry;
  Children children;  ///< Of directories only.
};

}  // namespace modulah::layer
