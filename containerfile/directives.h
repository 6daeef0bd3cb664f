// The special comments at the top of a Containerfile: "# escape=`".
#pragma once

#include <optional>
#include <string_view>

#include "modulah/containerfile/ast.h"

namespace modulah::containerfile {

/// A comment that is a directive.
struct DirectiveLine {
  std::string_view name;  ///< As written.
  std::string_view value;
  std::size_t value_offset = 0;  ///< In the line.
};

/// Reads `line` as "`mark` name = value", with blanks around each. Nothing for any other line.
[[nodiscard]] std::optional<DirectiveLine> parse_directive_line(std::string_view line,
                                                                std::string_view mark);

/// Reads directives line by line from the first line, up to the first line that is not one.
class DirectiveReader {
 public:
  explicit DirectiveReader(const SourceText& source) : source_(source) {}

  /// Takes the line with this number. Does nothing when an earlier line was not a directive.
  /// Throws Error: invalid for a directive given twice or a wrong escape.
  void take(std::size_t number);
  [[nodiscard]] bool is_done() const { return is_done_; }
  [[nodiscard]] const Directives& directives() const { return directives_; }

 private:
  void set(const DirectiveLine& line, const Span& place);
  void set_escape(std::string_view value, const Span& place);

  const SourceText& source_;
  Directives directives_;
  bool has_escape_ = false;
  bool has_shebang_ = false;
  bool is_done_ = false;
};

}  // namespace modulah::containerfile
