// From a Node to a typed instruction.
#pragma once

#include "modulah/containerfile/parser.h"

namespace modulah::containerfile {

/// Throws Error: invalid, with place, for what the instruction does not allow. `node` is not a
/// FROM.
[[nodiscard]] Instruction to_instruction(const SourceText& source, Node node);
[[nodiscard]] From to_from(const SourceText& source, const Node& node);

/// COPY and ADD.
[[nodiscard]] Copy to_copy(const SourceText& source, const Node& node);
[[nodiscard]] Add to_add(const SourceText& source, const Node& node);

/// HEALTHCHECK.
[[nodiscard]] Healthcheck to_healthcheck(const SourceText& source, const Node& node);

/// The command of `node`, which begins with its argument number `first`.
[[nodiscard]] CommandForm command_of(const Node& node, std::size_t first = 0);

}  // namespace modulah::containerfile
