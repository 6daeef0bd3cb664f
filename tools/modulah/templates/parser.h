// From the words of a template to its tree.
#pragma once

#include <vector>

#include "modulah/containerfile/source.h"

#include "tree.h"

namespace modulah::cli::templates {

/// Reads a template. Throws Error usage with the place: malformed, a function that does not exist,
/// an undefined variable, or nested more than 50 deep.
[[nodiscard]] std::vector<Node> parse(const containerfile::SourceText& source);

}  // namespace modulah::cli::templates
