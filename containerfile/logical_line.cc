// Places in joined lines.
#include "logical_line.h"

#include <algorithm>

namespace modulah::containerfile {

void LogicalLine::append(std::string_view part, std::size_t line, std::size_t column) {
  pieces_.push_back({text_.size(), line, column});
  text_ += part;
  end_line_ = line;
}

const LogicalLine::Piece& LogicalLine::piece_at(std::size_t offset) const {
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                      [](std::size_t o, const Piece& p) { return o < p.offset; });
  return after == pieces_.begin() ? pieces_.front() : *(after - 1);
}

Span LogicalLine::span(std::size_t offset, std::size_t length) const {
  if (pieces_.empty()) return {};
  const Piece& first = piece_at(offset);
  const Piece& last = piece_at(length == 0 ? offset : offset + length - 1);
  // The caret marks only what is in the first line.
  std::size_t end = offset + length;
  if (last.line != first.line) end = (&first + 1)->offset;
  return {first.line, last.line, first.column + (offset - first.offset), end - offset};
}

Span LogicalLine::lines() const {
  if (pieces_.empty()) return {};
  return {pieces_.front().line, end_line_, 0, 0};
}

Text LogicalLine::part(std::size_t offset, std::size_t length) const {
  return {text_.substr(offset, length), span(offset, length)};
}

}  // namespace modulah::containerfile
