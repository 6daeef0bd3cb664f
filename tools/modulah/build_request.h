// What a build request becomes of the command line's words.
#pragma once

#include "modulah/builder/request.h"

#include "build_context.h"
#include "build_options.h"
#include "world.h"

namespace modulah::cli {

/// Reads the Containerfile and the ignore file, and puts the request together; `context` is what
/// the operand says. Throws Error: usage for options that are malformed, not_found when there is no
/// Containerfile.
[[nodiscard]] builder::BuildRequest make_request(const BuildOptions& options,
                                                 const BuildContext& context, const World& world);

}  // namespace modulah::cli
