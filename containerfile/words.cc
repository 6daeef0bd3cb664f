// The three ways to split words.
#include "words.h"

#include "characters.h"

namespace modulah::containerfile {

std::vector<Piece> split_at_blanks(std::string_view text, std::size_t max) {
  std::vector<Piece> words;
  for (std::size_t at = 0; at < text.size() && words.size() < max;) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    const std::size_t start = at;
    while (at < text.size() && !is_blank(text[at])) ++at;
    words.push_back({start, at - start});
  }
  return words;
}

namespace {

/// Reads one word with its quotes from `at`, which becomes the position after it.
Word read_quoted(std::string_view text, std::size_t& at, char escape) {
  Word word;
  const std::size_t start = at;
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == 0 && is_space(c)) break;
    if (c == escape && quote != '\'') {
      if (at + 1 == text.size()) {
        ++at;
        break;
      }
      word.text += c;
      word.text += text[++at];
      continue;
    }
    if (quote == c) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    }
    word.text += c;
  }
  word.piece = {start, at - start};
  return word;
}

/// The same, dropping quotes and escapes.
Word read_flag(std::string_view text, std::size_t& at) {
  Word word;
  const std::size_t start = at;
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == 0 && is_space(c)) break;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c != '\\') {
      word.text += c;
    } else if (at + 1 < text.size()) {
      word.text += text[++at];
    }
  }
  word.piece = {start, at - start};
  return word;
}

}  // namespace

std::vector<Word> split_quoted(std::string_view text, char escape, std::size_t max) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < text.size() && words.size() < max;) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    Word word = read_quoted(text, at, escape);
    if (!word.text.empty()) words.push_back(std::move(word));
  }
  return words;
}

std::vector<Word> split_flags(std::string_view text, std::size_t& rest, std::size_t max) {
  std::vector<Word> flags;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_space(text[at])) ++at;
    rest = at;
    if (flags.size() == max || !text.substr(at).starts_with("--")) return flags;
    Word flag = read_flag(text, at);
    if (flag.text == "--") {
      while (at < text.size() && is_space(text[at])) ++at;
      rest = at;
      return flags;
    }
    flags.push_back(std::move(flag));
  }
}

}  // namespace modulah::containerfile
