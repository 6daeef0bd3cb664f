// An image in a place that may hold several.
#pragma once

#include <string>
#include <vector>

#include "modulah/oci/descriptor.h"

namespace modulah::image {

/// An image, and what it is called in its place.
struct PlacedImage {
  oci::Descriptor manifest;        ///< Or an index; without annotations that name it.
  std::vector<std::string> names;  ///< Complete references; empty: it has none.
};

}  // namespace modulah::image
