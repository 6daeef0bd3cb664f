// Variables, quotes and escapes in the words of an instruction.
//
//   $v ${v}              the value, or nothing
//   ${v:-w} ${v-w}       w when v is unset (with the colon: or empty)
//   ${v:+w} ${v+w}       w when v is set (with the colon: and not empty)
//   ${v:?w} ${v?w}       an Error that says w when v is unset (with the colon: or empty)
//   ${v#p} ${v##p}       without the shortest / longest start that matches p
//   ${v%p} ${v%%p}       without the shortest / longest end that matches p
//   ${v/p/w} ${v//p/w}   the first / every match of p replaced by w
//
// w and p are words themselves, with variables; in p `*` and `?` are wildcards. 'text' is literal,
// "text" is not split, and the escape character makes the next one literal.
//
// Errors are `invalid` and do not name a place: see with_place() in source.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/limits.h"

namespace modulah::containerfile {

/// Gives the value of a variable, or nothing when it is not set. Names are case-sensitive.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

/// What a whole file may still produce by expansion, so that a variable of a megabyte that is used
/// a thousand times ends in an Error and not in a machine without memory.
class ExpansionBudget {
 public:
  explicit ExpansionBudget(std::size_t bytes = kMaxTotalExpandedBytes) : left_(bytes) {}

  /// Throws Error: invalid when less than `bytes` is left; then nothing is left.
  void take(std::size_t bytes);
  [[nodiscard]] bool is_exhausted() const noexcept { return is_exhausted_; }

 private:
  std::size_t left_;
  bool is_exhausted_ = false;
};

/// An expanded text.
struct Expanded {
  std::string text;
  /// Variables used that are not set, in order, each once, without those that the form itself
  /// provides for (${v:-w} and the like). For rules; also positional ones ("1", "@").
  std::vector<std::string> unset;
};

/// A text expanded and split at blanks outside quotes.
struct ExpandedWords {
  std::vector<std::string> words;
  std::vector<std::string> unset;
};

/// Expands variables in `word` and removes quotes and escapes. Blanks stay. `escape` is that of the
/// file's directives. `budget` may be null: then only this text is bounded.
[[nodiscard]] Expanded expand_word(std::string_view word, const Lookup& lookup, char escape = '\\',
                                   ExpansionBudget* budget = nullptr);

/// As expand_word(), and splits: blanks in the value of a variable outside quotes split too, and an
/// empty value gives no word. For EXPOSE, and where a shell would split.
[[nodiscard]] ExpandedWords expand_words(std::string_view word, const Lookup& lookup,
                                         char escape = '\\', ExpansionBudget* budget = nullptr);

/// Expands variables in the content of a here-document: quotes are plain text there, and the
/// escape character is always "\". Gives the content as it is when the document does not expand.
[[nodiscard]] Expanded expand_document(const HereDocument& document, const Lookup& lookup,
                                       ExpansionBudget* budget = nullptr);

}  // namespace modulah::containerfile
