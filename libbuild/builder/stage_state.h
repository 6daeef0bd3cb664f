// What a stage is after some of its instructions.
//
// A value: each instruction is a function from one StageState to the next. Copies are cheap enough
// (trees share their directories), and nothing is half done when one of them throws.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "modulah/containerfile/values.h"
#include "modulah/image/edit.h"
#include "modulah/layer/tree.h"

#include "variables.h"

namespace modulah::builder {

/// A directory that is not there yet. It belongs to the user whom USER had set.
struct WantedDirectory {
  std::string path;
  containerfile::Owner owner;
};

struct StageState {
  image::Image image;
  layer::Tree tree;
  StageScope scope;
  /// Directories that WORKDIR wants and that are not there yet: they go into the next layer.
  std::vector<WantedDirectory> wanted_directories;
  /// The modules in the image by path (without a slash at the start), and the number of the layer
  /// that each is in: one that a later layer has overwritten is of another layer in the tree.
  std::map<std::string, unsigned, std::less<>> modules;
};

}  // namespace modulah::builder
