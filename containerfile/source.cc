// Lines of a text, and how a place in it is shown.
#include "modulah/containerfile/source.h"

#include <algorithm>

#include <fmt/format.h>

#include "characters.h"

namespace modulah::containerfile {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMaxExcerptLines = 4;
constexpr std::size_t kMaxExcerptWidth = 160;

/// What is below `text` in the line of the caret: tabs stay, other characters become blanks.
std::string blanks_below(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = decode(text, at);
    result += c.code == '\t' ? '\t' : ' ';
    at += c.length;
  }
  return result;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) at += decode(text, at).length;
  return count;
}

/// The part of a line that an excerpt shows; long ones are cut between characters.
std::string_view cut(std::string_view line) {
  if (line.size() <= kMaxExcerptWidth) return line;
  std::size_t end = 0;
  while (end < kMaxExcerptWidth) end += decode(line, end).length;
  return line.substr(0, end);
}

}  // namespace

SourceText::SourceText(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  std::size_t start = 0;
  while (start < text_.size()) {
    starts_.push_back(start);
    const std::size_t end = text_.find('\n', start);
    if (end == std::string::npos) break;
    start = end + 1;
  }
}

std::size_t SourceText::offset_of(std::size_t number) const {
  return number == 0 || number > starts_.size() ? text_.size() : starts_[number - 1];
}

std::string_view SourceText::line(std::size_t number) const {
  const std::size_t start = offset_of(number);
  std::string_view line = text().substr(start, offset_of(number + 1) - start);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

std::string SourceText::excerpt(const Span& span) const {
  if (span.line == 0 || span.line > line_count()) return {};
  const std::size_t last = std::min(
      {std::max(span.end_line, span.line), line_count(), span.line + kMaxExcerptLines - 1});
  std::string result;
  for (std::size_t number = span.line; number <= last; ++number) {
    const std::string_view shown = cut(line(number));
    if (!result.empty()) result += '\n';
    result += fmt::format("{:>4} | {}", number, printable(shown));
    if (shown.size() < line(number).size()) result += "…";
    if (number != span.line || span.column == 0 || span.column > shown.size() + 1) continue;
    const std::string_view marked = shown.substr(span.column - 1, span.length);
    result += fmt::format("\n     | {}{}", blanks_below(shown.substr(0, span.column - 1)),
                          std::string(std::max<std::size_t>(count_characters(marked), 1), '^'));
  }
  return result;
}

std::string SourceText::place(const Span& span) const {
  if (span.line == 0) return name_;
  if (span.column == 0) return fmt::format("{}:{}", name_, span.line);
  return fmt::format("{}:{}:{}", name_, span.line, span.column);
}

void throw_together(std::vector<Error> errors) {
  if (errors.size() > 1) throw SourceErrors(std::move(errors));
  if (!errors.empty()) throw Error(std::move(errors.front()));
}

Error error_at(const SourceText& source, const Span& span, std::string_view message,
               std::string hint, ErrorKind kind) {
  Error error(kind, fmt::format("{}: {}", source.place(span), message), std::move(hint));
  error.show(source.excerpt(span));
  return error;
}

}  // namespace modulah::containerfile
