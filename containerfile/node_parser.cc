// Words of one instruction.
//
// Which of the ways to split holds is a matter of the keyword alone; see the table below.
#include "node_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "characters.h"
#include "here_document.h"
#include "json_list.h"
#include "words.h"

namespace modulah::containerfile {

namespace {

/// What follows the keyword and its flags.
enum class Shape {
  words,          ///< Split at blanks.
  words_or_json,  ///< The same, or the JSON form.
  line_or_json,   ///< One text to the end of the line, or the JSON form.
  line,           ///< One text to the end of the line.
  names,          ///< "name" or "name=value", with quotes.
  pairs,          ///< "name=value", with quotes, or one "name value".
  healthcheck,    ///< A word, then as line_or_json.
  instruction,    ///< Another instruction.
};

struct Keyword {
  std::string_view name;
  Shape shape;
};

constexpr Keyword kKeywords[] = {
    {"add", Shape::words_or_json},
    {"arg", Shape::names},
    {"cmd", Shape::line_or_json},
    {"copy", Shape::words_or_json},
    {"entrypoint", Shape::line_or_json},
    {"env", Shape::pairs},
    {"expose", Shape::words},
    {"from", Shape::words},
    {"healthcheck", Shape::healthcheck},
    {"label", Shape::pairs},
    {"maintainer", Shape::line},
    {"onbuild", Shape::instruction},
    {"run", Shape::line_or_json},
    {"shell", Shape::line_or_json},
    {"stopsignal", Shape::line},
    {"user", Shape::line},
    {"volume", Shape::words_or_json},
    {"workdir", Shape::line},
};

const Keyword* find_keyword(std::string_view name) {
  const auto* known = std::find_if(std::begin(kKeywords), std::end(kKeywords),
                                   [&](const Keyword& k) { return k.name == name; });
  return known == std::end(kKeywords) ? nullptr : known;
}

class NodeParser {
 public:
  NodeParser(const SourceText& source, const LogicalLine& line, char escape)
      : source_(source), line_(line), escape_(escape) {}

  Node parse(std::size_t offset, bool is_inner = false);

 private:
  /// The text from rest_ on, which the shapes split.
  [[nodiscard]] std::string_view rest() const {
    return std::string_view(line_.text()).substr(rest_, rest_length_);
  }
  [[nodiscard]] Text part(const Piece& piece) const {
    return line_.part(rest_ + piece.offset, piece.length);
  }
  [[nodiscard]] Text part(const Word& word) const {
    return {word.text, line_.span(rest_ + word.piece.offset, word.piece.length)};
  }
  void split_keyword(Node& node, std::size_t offset);
  void split(Node& node, Shape shape);
  void split_words(Node& node) const;
  bool split_json(Node& node) const;
  void split_pairs(Node& node) const;
  void split_legacy_pair(Node& node) const;
  void split_healthcheck(Node& node);
  void find_documents(Node& node) const;

  const SourceText& source_;
  const LogicalLine& line_;
  char escape_;
  std::size_t rest_ = 0;
  std::size_t rest_length_ = 0;
};

void NodeParser::split_keyword(Node& node, std::size_t offset) {
  const std::string_view text = line_.text();
  while (offset < text.size() && is_space(text[offset])) ++offset;
  std::size_t end = offset;
  while (end < text.size() && !is_blank(text[end])) ++end;
  node.written = line_.part(offset, end - offset);
  node.keyword = lower(node.written.text);
  node.text = std::string(trim(text.substr(offset)));
  node.span = line_.lines();
  std::size_t start = 0;
  for (Word& flag : split_flags(text.substr(end), start, kMaxWords + 1))
    node.flags.push_back(
        {std::move(flag.text), line_.span(end + flag.piece.offset, flag.piece.length)});
  rest_ = end + start;
  rest_length_ = trim(text.substr(rest_)).size();
  node.rest = line_.part(rest_, rest_length_);
}

Node NodeParser::parse(std::size_t offset, bool is_inner) {
  Node node;
  split_keyword(node, offset);
  const Keyword* known = find_keyword(node.keyword);
  // What to say about an unknown instruction is up to the typed tree.
  if (known == nullptr) return node;
  if (known->shape == Shape::instruction) {
    if (is_inner) throw error_at(source_, node.written.span, "ONBUILD is not allowed in ONBUILD");
    if (rest_length_ > 0) node.inner.push_back(parse(rest_, true));
    return node;
  }
  split(node, known->shape);
  return node;
}

void NodeParser::split(Node& node, Shape shape) {
  if (rest_length_ == 0) return;
  switch (shape) {
    case Shape::words:
      return split_words(node);
    case Shape::words_or_json:
      if (split_json(node)) return;
      if (node.keyword != "volume") find_documents(node);
      return split_words(node);
    case Shape::line_or_json:
      if (split_json(node)) return;
      if (node.keyword == "run") find_documents(node);
      node.args.push_back(part(Piece{0, rest_length_}));
      return;
    case Shape::line:
      node.args.push_back(part(Piece{0, rest_length_}));
      return;
    case Shape::names:
      for (const Word& word : split_quoted(rest(), escape_, kMaxWords + 1))
        node.args.push_back(part(word));
      return;
    case Shape::pairs:
      return split_pairs(node);
    case Shape::healthcheck:
      return split_healthcheck(node);
    case Shape::instruction:
      return;
  }
}

void NodeParser::split_words(Node& node) const {
  // A here-document's word may have blanks in it: after "<<" and within quotes.
  const std::vector<HereDocumentWord> documents =
      node.documents.empty() ? std::vector<HereDocumentWord>() : find_here_documents(rest());
  auto document = documents.begin();
  for (const Piece& piece : split_at_blanks(rest(), kMaxWords + 1)) {
    while (document != documents.end() && piece.offset >= document->offset + document->length)
      ++document;
    if (document == documents.end() || piece.offset < document->offset)
      node.args.push_back(part(piece));
    else if (piece.offset == document->offset)
      node.args.push_back(part(Piece{document->offset, document->length}));
  }
}

bool NodeParser::split_json(Node& node) const {
  const JsonList list = parse_json_list(rest(), kMaxWords + 1);
  if (!list.is_list) return false;
  if (list.wrong_element != 0)
    throw error_at(source_, node.rest.span,
                   fmt::format("{}: element {} of the JSON list is not a string in double quotes",
                               upper(node.keyword), list.wrong_element));
  for (const Word& word : list.words) node.args.push_back(part(word));
  node.is_json = true;
  return true;
}

void NodeParser::split_pairs(Node& node) const {
  const std::vector<Word> words = split_quoted(rest(), escape_, kMaxWords + 1);
  if (words.empty()) return;
  if (words.front().text.find('=') == std::string::npos) return split_legacy_pair(node);
  for (const Word& word : words) {
    const std::size_t equals = word.text.find('=');
    if (equals == std::string::npos)
      throw error_at(source_, part(word).span,
                     fmt::format("{}: {} has no \"=\"", upper(node.keyword), in_quotes(word.text)),
                     fmt::format("Write {} name=value, and quote values that contain spaces.",
                                 upper(node.keyword)));
    const std::size_t value = word.piece.offset + equals + 1;
    node.args.push_back(
        {word.text.substr(0, equals), line_.span(rest_ + word.piece.offset, equals)});
    node.args.push_back(
        {word.text.substr(equals + 1), line_.span(rest_ + value, word.piece.length - equals - 1)});
    node.args.push_back({"=", {}});
  }
}

void NodeParser::split_legacy_pair(Node& node) const {
  const std::string_view text = rest();
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end])) ++end;
  std::size_t value = end;
  while (value < text.size() && is_blank(text[value])) ++value;
  const Text name = part(Piece{0, end});
  if (value == text.size())
    throw error_at(source_, name.span,
                   fmt::format("{}: {} has no value", upper(node.keyword), in_quotes(name.text)),
                   fmt::format("Write {0} {1}=value, or {0} {1}= for an empty one.",
                               upper(node.keyword), printable(name.text)));
  node.args.push_back(name);
  node.args.push_back(part(Piece{value, text.size() - value}));
  node.args.push_back({"", {}});
}

void NodeParser::split_healthcheck(Node& node) {
  const std::string_view text = rest();
  std::size_t end = 0;
  while (end < text.size() && !is_space(text[end])) ++end;
  node.args.push_back(part(Piece{0, end}));
  std::size_t start = end;
  while (start < text.size() && is_space(text[start])) ++start;
  rest_ += start;
  rest_length_ -= start;
  node.rest = line_.part(rest_, rest_length_);
  if (rest_length_ > 0 && !split_json(node)) node.args.push_back(part(Piece{0, rest_length_}));
}

void NodeParser::find_documents(Node& node) const {
  for (HereDocumentWord& word : find_here_documents(rest()))
    node.documents.push_back(std::move(word.document));
}

}  // namespace

bool is_instruction(std::string_view keyword) { return find_keyword(keyword) != nullptr; }

Node parse_node(const SourceText& source, const LogicalLine& line, std::size_t offset,
                char escape) {
  return NodeParser(source, line, escape).parse(offset);
}

}  // namespace modulah::containerfile
