// Here-documents: the word that announces one.
//
// A word is one when it is "[number]<<[-]NAME", with blanks allowed before NAME. Quotes around any
// part of NAME, as in a shell, say that the content is not expanded.
#include "here_document.h"

#include <charconv>
#include <optional>

#include "modulah/base/error.h"
#include "modulah/containerfile/parser.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

/// Skips what quotes enclose; `at` is the opening one. Gives the position after the closing one, or
/// npos when there is none.
std::size_t skip_quotes(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == quote) return at + 1;
    if (text[at] == '\\' && quote == '"') ++at;
  }
  return std::string_view::npos;
}

/// After "<<" at `at`: past a "-" and blanks that belong to the word.
std::size_t skip_operator(std::string_view text, std::size_t at) {
  at += 2;
  std::size_t next = at;
  if (next < text.size() && text[next] == '-') ++next;
  while (next < text.size() && is_space(text[next])) ++next;
  return next;
}

/// The end of the word that begins at `at`, or npos when a quote in it is not closed.
std::size_t end_of_word(std::string_view text, std::size_t at) {
  while (at < text.size() && !is_space(text[at])) {
    if (text[at] == '\'' || text[at] == '"') {
      at = skip_quotes(text, at);
      if (at == std::string_view::npos) return at;
    } else if (text.substr(at, 2) == "<<") {
      at = skip_operator(text, at);
    } else {
      at += text[at] == '\\' && at + 1 < text.size() ? std::size_t{2} : std::size_t{1};
    }
  }
  return at;
}

/// NAME without quotes and escapes. Nothing when it has a blank outside quotes.
std::optional<std::string> unquote(std::string_view name, bool& has_quotes) {
  std::string result;
  char quote = 0;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const char c = name[at];
    if (quote == 0 && is_space(c)) return std::nullopt;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      has_quotes = true;
    } else if (c == '\\' && quote != '\'' && at + 1 < name.size() &&
               (quote == 0 || name[at + 1] == '"' || name[at + 1] == '\\' || name[at + 1] == '$')) {
      result += name[++at];
    } else if (c != '\\' || quote != 0) {
      result += c;
    }
  }
  if (quote != 0)
    throw Error(ErrorKind::invalid, "here-document " + in_quotes("<<" + std::string(name)) +
                                        " has a quote that is not closed");
  return result;
}

}  // namespace

std::optional<HereDocument> parse_here_document(std::string_view word) {
  HereDocument document;
  std::size_t at = 0;
  while (at < word.size() && is_digit(word[at])) ++at;
  if (word.substr(at, 2) != "<<") return std::nullopt;
  if (at > 0) {
    unsigned number = 0;
    const auto parsed = std::from_chars(word.data(), word.data() + at, number);
    if (parsed.ec == std::errc()) document.file_descriptor = number;
  }
  document.strips_tabs = word.substr(at + 2, 1) == "-";
  at = skip_operator(word, at);
  const std::string_view name = word.substr(at);
  if (name.find('<') != std::string_view::npos) return std::nullopt;
  bool has_quotes = false;
  std::optional<std::string> plain = unquote(name, has_quotes);
  if (!plain || plain->empty()) return std::nullopt;
  document.name = std::move(*plain);
  document.expands = !has_quotes;
  return document;
}

std::vector<HereDocumentWord> find_here_documents(std::string_view text) {
  std::vector<HereDocumentWord> found;
  if (text.find("<<") == std::string_view::npos) return found;
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    const std::size_t end = end_of_word(text, at);
    if (end == std::string_view::npos) return {};
    if (auto document = parse_here_document(text.substr(at, end - at)))
      found.push_back({at, end - at, std::move(*document)});
    at = end;
  }
  return found;
}

}  // namespace modulah::containerfile
