// Where a stage gets its layers from: made in a store, or only checked.
#pragma once

#include <span>

#include "modulah/image/edit.h"
#include "modulah/layer/tree.h"
#include "modulah/oci/descriptor.h"

#include "layer_contents.h"
#include "layer_plan.h"

namespace modulah::builder {

/// The layer of a plan.
struct MadeLayer {
  image::LayerRecord layer;
  layer::Tree tree;  ///< What there is with it on top of the layers below.
  /// What is known of its files: all kinds but FileKind::other, when it is not cached.
  KnownFiles files;
  bool is_cached = false;
};

class LayerSource {
 public:
  virtual ~LayerSource() = default;
  /// Makes the layer of `plan`, which is not empty, on top of `below`. Throws Error.
  [[nodiscard]] virtual MadeLayer make(LayerPlan plan, std::span<const oci::Descriptor> below) = 0;
};

}  // namespace modulah::builder
