// Splitting an instruction's text into words, in the ways that the instructions do it.
//
// Those that may give many stop after `max` words: one more than is allowed shows that there are
// too many. All give offsets into the text that they were given, so that places are not lost.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::containerfile {

/// A piece of a text.
struct Piece {
  std::size_t offset = 0;
  std::size_t length = 0;
};

/// A word without its quotes: its text is not what is written there.
struct Word {
  std::string text;
  Piece piece;
};

/// At blanks, whatever the quotes.
[[nodiscard]] std::vector<Piece> split_at_blanks(std::string_view text, std::size_t max);

/// At blanks outside quotes. Quotes and escapes stay in the words; only an escape at the very end
/// of `text` is dropped.
[[nodiscard]] std::vector<Word> split_quoted(std::string_view text, char escape, std::size_t max);

/// The words at the start of `text` that begin with "--", without quotes and escapes, up to "--" or
/// another word; `rest` becomes the offset of what follows them.
[[nodiscard]] std::vector<Word> split_flags(std::string_view text, std::size_t& rest,
                                            std::size_t max);

}  // namespace modulah::containerfile
