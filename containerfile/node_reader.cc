// Lines, comments, continuations and the lines of here-documents.
//
// An error ends one instruction only. What makes it hard is that the lines of a here-document look
// like instructions: they are skipped also for an instruction that cannot be read.
#include "node_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "characters.h"
#include "directives.h"
#include "here_document.h"
#include "logical_line.h"
#include "node_parser.h"

namespace modulah::containerfile {

namespace {

class Reader {
 public:
  Reader(const SourceText& source, std::vector<Warning>& warnings, ErrorList& errors)
      : source_(source), warnings_(warnings), errors_(errors), directives_(source) {}

  Nodes read();

 private:
  void take_directive();
  void take_comment(std::string_view line);
  /// Reads the instruction that begins with `line`. Throws Error; number_ is then after it.
  void read_instruction(std::string_view line, Nodes& result);
  /// Drops the escape that ends `line` when the next line continues it.
  [[nodiscard]] bool cut_continuation(std::string_view& line) const;
  LogicalLine read_logical_line(std::string_view first);
  void read_documents(Node& node);
  void read_document(HereDocument& document, const Span& instruction);
  void skip_documents(const LogicalLine& logical, const Node& node);
  [[nodiscard]] std::size_t find_end(const HereDocument& document, std::size_t from) const;
  void check_text() const;
  /// Throws an Error that ends the reading when the file has too much of something.
  void count(const Node& node);

  const SourceText& source_;
  std::vector<Warning>& warnings_;
  ErrorList& errors_;
  DirectiveReader directives_;
  std::vector<Text> comments_;  ///< Directly above the next line.
  std::size_t unknown_ = 0;     ///< Instructions that do not exist.
  std::size_t instructions_ = 0;
  std::size_t words_ = 0;
  bool is_too_much_ = false;
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
  throw Error(
      ErrorKind::invalid,
      fmt::format("{}:{}: there is a NUL byte, so this is not a text file", source_.name(), line));
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
    take_directive();
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
  if (empty_line != 0)
    warnings_.push_back(
        {"NoEmptyContinuation", {empty_line, empty_line, 0, 0}, "empty continuation line"});
  return logical;
}

void Reader::take_directive() {
  errors_.guard(number_, [&] { directives_.take(number_); });
}

void Reader::take_comment(std::string_view line) {
  const std::string_view whole = source_.line(number_);
  const std::string_view comment = trim(line.substr(1));
  if (comment.empty())
    comments_.clear();
  else
    comments_.push_back(
        {std::string(comment),
         {number_, number_, static_cast<std::size_t>(comment.data() - whole.data()) + 1,
          comment.size()}});
}

void Reader::read_instruction(std::string_view line, Nodes& result) {
  const LogicalLine logical = read_logical_line(line);
  Node node = parse_node(source_, logical, 0, directives_.directives().escape);
  node.comments = std::exchange(comments_, {});
  count(node);
  if (node.written.text.empty()) return;
  if (is_instruction(node.keyword))
    read_documents(node);
  else
    skip_documents(logical, node);
  result.nodes.push_back(std::move(node));
}

void Reader::count(const Node& node) {
  const auto refuse = [&](std::string_view what, std::size_t max) {
    is_too_much_ = true;
    throw error_at(source_, node.written.span, fmt::format("more than {} {}", max, what));
  };
  const Node& owner = node.inner.empty() ? node : node.inner.front();
  words_ += node.flags.size();
  // The marks between names and values have no place.
  for (const Text& arg : owner.args) words_ += arg.span.line != 0 ? 1 : 0;
  if (++instructions_ > kMaxInstructions) refuse("instructions in one file", kMaxInstructions);
  if (words_ > kMaxWords) refuse("words in the instructions of one file", kMaxWords);
}

Nodes Reader::read() {
  check_text();
  Nodes result;
  while (number_ <= source_.line_count() && !errors_.is_full() && !is_too_much_) {
    const bool could_be_directive = !directives_.is_done();
    take_directive();
    const bool is_directive = could_be_directive && !directives_.is_done();
    const std::string_view line = trim_left(source_.line(number_));
    if (line.starts_with('#')) {
      if (!is_directive) take_comment(line);
      ++number_;
    } else if (line.empty()) {
      comments_.clear();
      ++number_;
    } else {
      errors_.guard(number_, [&] { read_instruction(line, result); });
      comments_.clear();
    }
  }
  if (result.nodes.empty() && errors_.empty())
    errors_.add(0, Error(ErrorKind::invalid,
                         fmt::format("{}: the file has no instructions", source_.name()),
                         "A Containerfile begins with FROM, e.g. FROM scratch."));
  result.directives = directives_.directives();
  return result;
}

/// Skips the here-documents that an unknown instruction announces, when they are terminated: it may
/// be a misspelt COPY or RUN.
void Reader::skip_documents(const LogicalLine& logical, const Node& node) {
  const std::string_view text = logical.text();
  const std::size_t start = text.size() - trim_left(text).size() + node.written.text.size();
  // Each costs a look at the whole rest of the text.
  if (++unknown_ > kMaxCountedSyntaxErrors) return;
  for (const HereDocumentWord& word : find_here_documents(text.substr(start))) {
    const std::size_t end = find_end(word.document, number_);
    if (end == 0) return;
    number_ = end + 1;
  }
}

/// The number of the line that ends the document whose lines begin with line `from`; 0: none.
std::size_t Reader::find_end(const HereDocument& document, std::size_t from) const {
  for (std::size_t number = from; number <= source_.line_count(); ++number) {
    std::string_view line = source_.line(number);
    while (document.strips_tabs && line.starts_with('\t')) line.remove_prefix(1);
    if (line == document.name) return number;
  }
  return 0;
}

void Reader::read_documents(Node& node) {
  Node& owner = node.inner.empty() ? node : node.inner.front();
  const Span instruction = node.span;
  for (HereDocument& document : owner.documents) read_document(document, instruction);
  owner.span.end_line = std::max(owner.span.end_line, number_ - 1);
  node.span.end_line = owner.span.end_line;
}

void Reader::read_document(HereDocument& document, const Span& instruction) {
  const std::size_t first = number_;
  document.span = {first, first, 0, 0};
  const std::size_t end = find_end(document, first);
  if (end != 0) {
    const std::size_t begin = source_.offset_of(first);
    document.lines = std::string(source_.text().substr(begin, source_.offset_of(end) - begin));
    document.span.end_line = std::max(first, end - 1);
    number_ = end + 1;
    return;
  }
  std::size_t nearly = first;
  while (nearly <= source_.line_count() && trim(source_.line(nearly)) != document.name) ++nearly;
  // Without any end, the rest of the text would be parsed as instructions.
  number_ = nearly + 1;
  throw error_at(
      source_, instruction,
      fmt::format("here-document {} is not terminated", in_quotes(document.name)),
      nearly <= source_.line_count()
          ? fmt::format("Line {} has spaces around {}; the name must be alone on its line.", nearly,
                        printable(document.name))
          : fmt::format("End it with a line that contains only {}.", printable(document.name)));
}

}  // namespace

Nodes read_nodes(const SourceText& source, std::vector<Warning>& warnings, ErrorList& errors) {
  Nodes nodes;
  errors.guard(0, [&] { nodes = Reader(source, warnings, errors).read(); });
  return nodes;
}

Nodes parse_nodes(const SourceText& source, std::vector<Warning>* warnings) {
  ErrorList errors;
  std::vector<Warning> own;
  Nodes nodes = read_nodes(source, warnings != nullptr ? *warnings : own, errors);
  if (!errors.empty()) throw errors.take().front();
  return nodes;
}

}  // namespace modulah::containerfile
