// Finding here-documents in an instruction's words.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "modulah/containerfile/ast.h"

namespace modulah::containerfile {

/// A word like "<<EOF" in a text.
struct HereDocumentWord {
  std::size_t offset = 0;
  std::size_t length = 0;
  HereDocument document;  ///< Without lines.
};

/// All of them in `text`, outside quotes. None when a quote is not closed.
[[nodiscard]] std::vector<HereDocumentWord> find_here_documents(std::string_view text);

}  // namespace modulah::containerfile
