// From an instruction's text to a Node.
#pragma once

#include "modulah/containerfile/parser.h"

#include "logical_line.h"

namespace modulah::containerfile {

/// Splits the instruction in `line` from `offset` on. Here-documents come without lines.
[[nodiscard]] Node parse_node(const SourceText& source, const LogicalLine& line, std::size_t offset,
                              char escape);

}  // namespace modulah::containerfile
