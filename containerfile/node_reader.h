// From a text to its Nodes, going on after errors.
#pragma once

#include <vector>

#include "modulah/containerfile/parser.h"

#include "error_list.h"

namespace modulah::containerfile {

/// Reads all instructions; those with an error are left out and the error is added to `errors`.
[[nodiscard]] Nodes read_nodes(const SourceText& source, std::vector<Warning>& warnings,
                               ErrorList& errors);

}  // namespace modulah::containerfile
