// Places in a Containerfile, and errors that show them.
//
// Everything in the tree has a Span, so that each message, of the parser and of who works with the
// tree later, names file and line and shows the text with a caret:
//
//   Containerfile:3:9: unknown flag "--form"
//      3 | COPY --form=app /a /b
//        |      ^^^^^^
//   hint: Did you mean --from?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modulah/base/error.h"

namespace modulah::containerfile {

/// A place in a SourceText.
struct Span {
  std::size_t line = 0;      ///< From 1; 0 when there is no place.
  std::size_t end_line = 0;  ///< The last line, at least `line`.
  std::size_t column = 0;    ///< In bytes from 1 in `line`; 0 is the whole line.
  std::size_t length = 0;    ///< In bytes, within `line`.

  bool operator==(const Span&) const = default;
};

/// A piece of the user's text as written (not expanded), with its place.
struct Text {
  std::string text;
  Span span;
};

/// A text and the name that messages give it ("Containerfile"; not opened here).
class SourceText {
 public:
  /// Keeps both. A byte order mark at the start of `text` is dropped.
  SourceText(std::string name, std::string text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  /// How many lines there are; a newline at the end begins no further one.
  [[nodiscard]] std::size_t line_count() const { return starts_.size(); }
  /// The line with this number (from 1) without its line end, or empty when there is none.
  [[nodiscard]] std::string_view line(std::size_t number) const;
  /// Where line `number` (from 1) starts in text(); the text's size when there is none.
  [[nodiscard]] std::size_t offset_of(std::size_t number) const;

  /// The lines of `span` (at most four) with their numbers, and a caret below the place when it
  /// has a column. Empty when the span is not a place. All lines but the last end with a newline.
  [[nodiscard]] std::string excerpt(const Span& span) const;
  /// "NAME:LINE", with ":COLUMN" when the span has one; only "NAME" when it is not a place.
  [[nodiscard]] std::string place(const Span& span) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> starts_;
};

/// An Error "NAME:LINE[:COLUMN]: `message`" with the excerpt and `hint`.
[[nodiscard]] Error error_at(const SourceText& source, const Span& span, std::string_view message,
                             std::string hint = {}, ErrorKind kind = ErrorKind::invalid);

/// Several errors of one text, thrown together. As an Error it is the first of them, so that who
/// does not know this type shows that one.
class SourceErrors : public Error {
 public:
  /// `errors` has at least one.
  explicit SourceErrors(std::vector<Error> errors)
      : Error(errors.front()), all_(std::move(errors)) {}

  /// In the order of the text.
  [[nodiscard]] const std::vector<Error>& all() const noexcept { return all_; }

 private:
  std::vector<Error> all_;
};

/// Throws an Error when there is one in `errors`, SourceErrors when there are several. Returns when
/// there is none.
void throw_together(std::vector<Error> errors);

/// Puts place and excerpt into an Error that `action` throws, which names neither.
/// For the parts that know no place: the expander, value parsers, a builder's steps.
template <typename Action>
decltype(auto) with_place(const SourceText& source, const Span& span, Action&& action) {
  try {
    return std::forward<Action>(action)();
  } catch (Error& error) {
    error.prepend(source.place(span));
    error.show(source.excerpt(span));
    throw;
  }
}

}  // namespace modulah::containerfile
