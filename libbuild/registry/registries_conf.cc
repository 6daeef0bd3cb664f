// Finds a top-level key in a TOML file. https://toml.io/en/v1.0.0
#include "modulah/registry/registries_conf.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::registry {

namespace {

constexpr std::string_view kKey = "credential-helpers";
constexpr std::string_view kBlank = " \t\r";

class TomlWalk {
 public:
  TomlWalk(std::string_view text, std::string_view what) : rest_(text), what_(what) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
  }

  /// Moves to the value of `key`, when it precedes all tables.
  bool find(std::string_view key) {
    for (;;) {
      skip_space_and_comments();
      if (rest_.empty() || rest_.front() == '[') return false;
      const std::string name = take_key();
      skip(kBlank);
      if (!take("=")) {
        skip_line();
        continue;
      }
      skip(kBlank);
      if (name == key) return true;
      skip_value();
    }
  }

  std::vector<std::string> take_list() {
    std::vector<std::string> texts;
    if (!take("[")) fail();
    for (;;) {
      skip_space_and_comments();
      if (take("]")) return texts;
      auto text = take_text();
      if (!text) fail();
      texts.push_back(std::move(*text));
      skip_space_and_comments();
      if (!take(",") && !rest_.starts_with(']')) fail();
    }
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorKind::invalid,
                fmt::format("{}: \"{}\" is not a list of strings", what_, kKey));
  }
  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }
  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }
  void skip_space_and_comments() {
    for (;;) {
      skip(" \t\r\n");
      if (!rest_.starts_with('#')) return;
      skip_line();
    }
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string take_until(std::string_view end) {
    const std::size_t size = std::min(rest_.find(end), rest_.size());
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(std::min(size + end.size(), rest_.size()));
    return text;
  }

  /// A string on one line. Program names need no escapes, so strings with escapes are rejected.
  std::optional<std::string> take_text() {
    if (rest_.starts_with("\"\"\"") || rest_.starts_with("'''")) return std::nullopt;
    if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) return std::nullopt;
    const std::string_view quote = rest_.substr(0, 1);
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view text = rest_.substr(1, end - 1);
    if (text.find_first_of("\\\r\n") != std::string_view::npos) return std::nullopt;
    rest_.remove_prefix(end + 1);
    return std::string(text);
  }

  std::string take_key() {
    if (auto quoted = take_text()) return std::move(*quoted);
    const std::size_t size = std::min(rest_.find_first_of("= \t\r\n"), rest_.size());
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  /// Skips a string of one or several lines, with its escapes.
  void skip_text() {
    for (const char* quotes : {"\"\"\"", "'''"})
      if (take(quotes)) {
        (void)take_until(quotes);
        return;
      }
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != quote && rest_.front() != '\n')
      rest_.remove_prefix(
          std::min<std::size_t>(quote == '"' && rest_.front() == '\\' ? 2 : 1, rest_.size()));
    if (rest_.starts_with(quote)) rest_.remove_prefix(1);
  }

  /// Skips a value of any kind, to the end of its line; lists may span several lines.
  void skip_value() {
    int depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '"' || c == '\'') {
        skip_text();
        continue;
      }
      if (c == '#') {
        skip_line();
        continue;
      }
      if (c == '\n' && depth <= 0) return;
      if (c == '[' || c == '{') ++depth;
      if (c == ']' || c == '}') --depth;
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  std::string_view what_;
};

}  // namespace

std::optional<std::vector<std::string>> parse_credential_helpers(std::string_view toml,
                                                                 std::string_view what) {
  TomlWalk walk(toml, what);
  if (!walk.find(kKey)) return std::nullopt;
  return walk.take_list();
}

}  // namespace modulah::registry
