// From an instruction's text to a Node.
#pragma once

#include <string_view>

#include "modulah/containerfile/parser.h"

#include "logical_line.h"

namespace modulah::containerfile {

/// Is there an instruction with this keyword, which is in lower case?
[[nodiscard]] bool is_instruction(std::string_view keyword);

/// Splits the instruction in `line` from `offset` on. Here-documents come without lines.
[[nodiscard]] Node parse_node(const SourceText& source, const LogicalLine& line, std::size_t offset,
                              char escape);

}  // namespace modulah::containerfile
