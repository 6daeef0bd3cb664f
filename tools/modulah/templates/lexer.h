// From the text of a template to its words.
#pragma once

#include <string>
#include <vector>

#include "modulah/containerfile/source.h"

#include "tree.h"

namespace modulah::cli::templates {

struct Token {
  enum class Kind {
    text,      ///< Between actions, already trimmed where "{{-" or "-}}" says so.
    open,      ///< "{{"
    close,     ///< "}}"
    space,     ///< Between operands.
    word,      ///< A keyword, function, true, false or nil.
    field,     ///< ".Name", without the dot in `text`; "." alone has an empty text.
    variable,  ///< "$name" or "$".
    string,    ///< Without its quotes and escapes.
    number,
    symbol,  ///< One of | ( ) , = :=
    end,
  };
  Kind kind = Kind::end;
  std::string text;
  Place place;
};

/// An Error usage with the place in the template and a caret.
[[nodiscard]] Error template_error(const containerfile::SourceText& source, Place place,
                                   std::string_view message, std::string hint = {});

/// The words of a template, `Kind::end` last. Comments are left out. In the text between actions,
/// the two characters "\t" and "\n" are a tab and a newline, as in podman. Throws Error usage.
[[nodiscard]] std::vector<Token> read_tokens(const containerfile::SourceText& source);

}  // namespace modulah::cli::templates
