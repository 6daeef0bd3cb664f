// Tree to text.
#pragma once

#include <string>

#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/parser.h"

namespace modulah::containerfile {

/// An instruction in its canonical form on one line: upper-case keyword, flags in a fixed order,
/// one blank between words, here-documents by name. Equal instructions give equal texts. Used for
/// an image's history, the cache's key and the display of steps. Nothing is expanded.
[[nodiscard]] std::string to_text(const Instruction& instruction);
[[nodiscard]] std::string to_text(const From& from);

/// The low tree as text: each instruction an s-expression on a line of its own, each word quoted as
/// Go's %q does. The form of BuildKit's parser tests and of `modulah debug ast`.
[[nodiscard]] std::string dump(const Nodes& nodes);

}  // namespace modulah::containerfile
