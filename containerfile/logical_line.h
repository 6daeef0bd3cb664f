// One instruction's text, made of the lines that continue each other, and where each of its bytes
// is in the source.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/containerfile/source.h"

namespace modulah::containerfile {

/// A text with the places of its parts.
class LogicalLine {
 public:
  /// Adds a part that begins at `line` and `column` (both from 1) in the source.
  void append(std::string_view part, std::size_t line, std::size_t column);
  /// The last line that belongs to it, without a part of its own.
  void extend_to(std::size_t line) { end_line_ = line; }

  [[nodiscard]] const std::string& text() const { return text_; }
  /// The place of a piece of text(), given by its offset.
  [[nodiscard]] Span span(std::size_t offset, std::size_t length) const;
  /// All lines.
  [[nodiscard]] Span lines() const;
  /// The part of text() with its place.
  [[nodiscard]] Text part(std::size_t offset, std::size_t length) const;

 private:
  struct Piece {
    std::size_t offset;
    std::size_t line;
    std::size_t column;
  };
  [[nodiscard]] const Piece& piece_at(std::size_t offset) const;

  std::string text_;
  std::vector<Piece> pieces_;
  std::size_t end_line_ = 0;
};

}  // namespace modulah::containerfile
