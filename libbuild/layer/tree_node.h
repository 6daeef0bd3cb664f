// A file or directory of a Tree; internal.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "modulah/layer/tree.h"

namespace modulah::layer {

/// A node that more than one owner has is never changed: whoever wants to makes a copy, which still
/// shares the children. So copies of a Tree cost what they change.
struct Tree::Node {
  using Children = std::map<std::string, std::shared_ptr<Node>, std::less<>>;

  TreeEntry entry;
  Children children;  ///< Of directories only.
};

}  // namespace modulah::layer
