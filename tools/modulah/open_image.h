// An image by the word of the command line that names it.
#pragma once

#include <string_view>

#include "modulah/images/open_image.h"

#include "command.h"

namespace modulah::cli {

/// Where places on disk are for this invocation.
[[nodiscard]] images::Surroundings surroundings_of(const Invocation& invocation);

/// Opens the image that `word` names in the local store, or in a place on disk. Throws Error as
/// images::open_stored and images::open_place.
[[nodiscard]] images::OpenedImage open_image(const Invocation& invocation, std::string_view word,
                                             images::Holding holding = images::Holding::blobs);

}  // namespace modulah::cli
