// From a text to its Nodes: lines, comments, continuations and the lines of here-documents.
#include <algorithm>

#include <fmt/format.h>

#include "modulah/containerfile/parser.h"

#include "characters.h"
#include "directives.h"
#include "logical_line.h"
#include "node_parser.h"

namespace modulah::containerfile {

namespace {

class Reader {
 public:
  Reader(const SourceText& source, std::vector<Warning>* warnings)
      : source_(source), warnings_(warnings), directives_(source) {}

  Nodes read();

 private:
  /// Drops the escape that ends `line` when the next line continues it.
  [[nodiscard]] bool cut_continuation(std::string_view& line) const;
  LogicalLine read_logical_line(std::string_view first);
  void read_documents(Node& node);
  void read_document(HereDocument& document, const Span& instruction);
  void check_text() const;

  const SourceText& source_;
  std::vector<Warning>* warnings_;
  DirectiveReader directives_;
  std::size_t number_ = 1;  ///< Of the next line.
};

void Reader::check_text() const {
  if (source_.text().size() > kMaxSourceBytes)
    throw Error(ErrorKind::invalid,
                fmt::format("{}: the file has {} bytes, and at most {} are read", source_.name(),
                            source_.text().size(), kMaxSourceBytes));
  const std::size_t zero = source_.text().find('\0');
  if (zero == std::string_view::npos) return;
  const auto before = source_.text().substr(0, zero);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  throw Error(ErrorKind::invalid,
              fmt::format("{}:{}: there is a zero byte, so this is no text", source_.name(), line));
}

bool Reader::cut_continuation(std::string_view& line) const {
  const char escape = directives_.directives().escape;
  std::string_view cut = line;
  while (!cut.empty() && (cut.back() == ' ' || cut.back() == '\t')) cut.remove_suffix(1);
  if (cut.empty() || cut.back() != escape) return false;
  cut.remove_suffix(1);
  // Two escapes are one that is meant, not a continuation.
  if (!cut.empty() && cut.back() == escape) return false;
  line = cut;
  return true;
}

/// Reads on from the line number_, whose text without the blanks at its start is `first`.
LogicalLine Reader::read_logical_line(std::string_view first) {
  LogicalLine logical;
  std::string_view part = first;
  bool goes_on = cut_continuation(part);
  logical.append(part, number_, source_.line(number_).size() - first.size() + 1);
  ++number_;
  std::size_t empty_line = 0;
  for (; goes_on && number_ <= source_.line_count(); ++number_) {
    directives_.take(number_);
    part = source_.line(number_);
    const std::string_view content = trim_left(part);
    logical.extend_to(number_);
    if (content.starts_with('#')) continue;
    if (content.empty()) {
      if (empty_line == 0) empty_line = number_;
      continue;
    }
    goes_on = cut_continuation(part);
    logical.append(part, number_, 1);
  }
  if (empty_line != 0 && warnings_ != nullptr)
    warnings_->push_back({"NoEmptyContinuation",
                          {empty_line, empty_line, 0, 0},
                          "an empty line stands in an instruction that goes on"});
  return logical;
}

Nodes Reader::read() {
  check_text();
  Nodes result;
  while (number_ <= source_.line_count()) {
    directives_.take(number_);
    const std::string_view line = trim_left(source_.line(number_));
    if (line.empty() || line.starts_with('#')) {
      ++number_;
      continue;
    }
    const LogicalLine logical = read_logical_line(line);
    Node node = parse_node(source_, logical, 0, directives_.directives().escape);
    if (node.written.text.empty()) continue;
    read_documents(node);
    result.nodes.push_back(std::move(node));
  }
  if (result.nodes.empty())
    throw Error(ErrorKind::invalid, fmt::format("{}: the file has no instructions", source_.name()),
                "A Containerfile begins with FROM, e.g. FROM scratch.");
  result.directives = directives_.directives();
  return result;
}

void Reader::read_documents(Node& node) {
  Node& owner = node.inner.empty() ? node : node.inner.front();
  const Span instruction = node.span;
  for (HereDocument& document : owner.documents) read_document(document, instruction);
  owner.span.end_line = std::max(owner.span.end_line, number_ - 1);
  node.span.end_line = owner.span.end_line;
}

void Reader::read_document(HereDocument& document, const Span& instruction) {
  document.span = {number_, number_, 0, 0};
  std::size_t nearly = 0;
  const std::size_t begin = source_.offset_of(number_);
  for (; number_ <= source_.line_count(); ++number_) {
    std::string_view line = source_.line(number_);
    while (document.strips_tabs && line.starts_with('\t')) line.remove_prefix(1);
    if (line == document.name) {
      document.lines =
          std::string(source_.text().substr(begin, source_.offset_of(number_) - begin));
      document.span.end_line = std::max(document.span.line, number_ - 1);
      ++number_;
      return;
    }
    if (nearly == 0 && trim(line) == document.name) nearly = number_;
  }
  throw error_at(
      source_, instruction, fmt::format("here-document {} has no end", in_quotes(document.name)),
      nearly != 0 ? fmt::format("Line {} has blanks around {}; nothing else may stand there.",
                                nearly, printable(document.name))
                  : fmt::format("A line that is only {} ends it.", printable(document.name)));
}

}  // namespace

Nodes parse_nodes(const SourceText& source, std::vector<Warning>* warnings) {
  return Reader(source, warnings).read();
}

}  // namespace modulah::containerfile
