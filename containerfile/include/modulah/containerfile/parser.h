// Text to tree.
//
// There are two trees. The low one, Node, knows lines, continuations, here-documents and how an
// instruction's words are split; it accepts words that make no sense. The typed one (ast.h) is made
// from it and rejects them. Most callers want parse().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/containerfile/ast.h"
#include "modulah/containerfile/limits.h"

namespace modulah::containerfile {

/// Something in the text that works but should be otherwise, and that the tree does not show.
struct Warning {
  std::string rule;  ///< The name that "# check=skip=" knows it by, e.g. "NoEmptyContinuation".
  Span span;
  std::string message;
};

/// An instruction split into words.
struct Node {
  std::string keyword;      ///< In lower case.
  Text written;             ///< The keyword as written.
  std::string text;         ///< The instruction as written, continuations joined.
  std::vector<Text> flags;  ///< "--name=value", up to the first other word.
  std::vector<Text> args;   ///< For env and label: name, value, "=" or "" in turn.
  bool is_json = false;     ///< The args are texts of a JSON list.
  Text rest;                ///< All after the keyword and the flags, not split.
  std::vector<Node> inner;  ///< Of onbuild, one; else none.
  std::vector<HereDocument> documents;
  /// The comment lines directly above, in order, each without its "#" and the blanks around it. An
  /// empty line or an empty comment separates those above it from the instruction; directives at
  /// the top of the file are not comments.
  std::vector<Text> comments;
  Span span;  ///< All lines, here-documents included.
};

/// The low tree of a whole text.
struct Nodes {
  Directives directives;
  std::vector<Node> nodes;
};

/// Throws Error: invalid, with place, for what cannot be split into words, and for a text without
/// any instruction. Adds to `warnings` when it is given.
[[nodiscard]] Nodes parse_nodes(const SourceText& source, std::vector<Warning>* warnings = nullptr);

/// A text read to its end, whatever is wrong in it.
struct ParseResult {
  /// When there are errors: what could be read, without the instructions that have one.
  File file;
  std::vector<Warning> warnings;  ///< In the order of the text.
  /// In the order of the text, at most one for an instruction, each an Error: invalid with place
  /// and excerpt. At most kMaxSyntaxErrors.
  std::vector<Error> errors;
  /// How many errors there are besides `errors`.
  std::size_t further_errors = 0;
};

/// Reads the whole text: after an error it goes on with the next instruction. Never throws for what
/// is in the text.
[[nodiscard]] ParseResult parse_all(const SourceText& source);

/// What to report: the errors of `result` and, when there are more, one that says how many.
[[nodiscard]] std::vector<Error> errors_to_tell(const ParseResult& result);

/// As parse_all(), but throws the errors, see throw_together() in source.h. Adds to `warnings` when
/// it is given, also before it throws.
[[nodiscard]] File parse(const SourceText& source, std::vector<Warning>* warnings = nullptr);

/// One instruction as a base image's ONBUILD has it (OnBuild::text). Throws as parse() does, and
/// for FROM and ONBUILD.
[[nodiscard]] Instruction parse_trigger(const SourceText& source);

/// What a word like "<<EOF" announces, without lines; nothing when it is another word.
/// Throws Error: invalid for a quote that is not closed.
[[nodiscard]] std::optional<HereDocument> parse_here_document(std::string_view word);

/// The special comments at the top only. Never throws for what follows them.
/// Throws Error: invalid for a directive given twice and for an escape that is neither \ nor `.
[[nodiscard]] Directives parse_directives(const SourceText& source);

}  // namespace modulah::containerfile
