// What a stage is after some of its instructions.
//
// A value: each instruction is a function from one StageState to the next. Copies are cheap enough
// (trees share their directories), and nothing is half done when one of them throws.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "modulah/containerfile/values.h"
#include "modulah/image/edit.h"
#include "modulah/layer/tree.h"

#include "layer_contents.h"
#include "variables.h"

namespace modulah::builder {

/// A directory that is not there yet. It belongs to the user whom USER had set.
struct WantedDirectory {
  std::string path;
  containerfile::Owner owner;
};

/// A file that is known, and the number of its layer: when a later layer has overwritten it, the
/// tree has another number.
struct PlacedFile {
  unsigned layer = 0;
  KnownFile file;
};

struct StageState {
  image::Image image;
  layer::Tree tree;
  StageScope scope;
  /// Directories that WORKDIR wants and that are not there yet: they go into the next layer.
  std::vector<WantedDirectory> wanted_directories;
  /// By path, without a slash at the start.
  std::map<std::string, PlacedFile, std::less<>> known_files;
  std::set<unsigned> cached_layers;  ///< Of which only some files are known.
  containerfile::Span entrypoint;    ///< The last ENTRYPOINT.
  containerfile::Span command;       ///< The last CMD.
};

}  // namespace modulah::builder
