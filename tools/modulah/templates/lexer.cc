// Splits templates into tokens, by the rules of Go's text/template.
#include "lexer.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "modulah/base/text.h"

namespace modulah::cli::templates {

namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) { return kSpace.find(c) != std::string_view::npos; }
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "\t" and "\n", written as two characters, as what they mean.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (text[at] == '\\' && (next == 't' || next == 'n')) {
      out += next == 't' ? '\t' : '\n';
      ++at;
    } else {
      out += text[at];
    }
  }
  return out;
}

class Lexer {
 public:
  explicit Lexer(const containerfile::SourceText& source) : source_(source), text_(source.text()) {}

  std::vector<Token> read() {
    bool trims_left = false;
    while (at_ < text_.size()) {
      read_text(trims_left);
      if (at_ >= text_.size()) break;
      trims_left = read_action();
    }
    add(Token::Kind::end, "", text_.size(), 0);
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::size_t length, std::string_view message,
                         std::string hint = {}) const {
    throw template_error(source_, {at, length}, message, std::move(hint));
  }

  void add(Token::Kind kind, std::string text, std::size_t at, std::size_t length) {
    tokens_.push_back({kind, std::move(text), {at, length}});
  }

  /// The text up to the next action, without the blanks that the actions around it trim.
  void read_text(bool trims_left) {
    const std::size_t begin = at_;
    at_ = std::min(text_.find(kOpen, at_), text_.size());
    std::string_view text = text_.substr(begin, at_ - begin);
    if (trims_left) text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    if (is_trimming_open(at_)) {
      const std::size_t last = text.find_last_not_of(kSpace);
      text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
    }
    if (!text.empty()) add(Token::Kind::text, unescaped(text), begin, text.size());
  }

  /// "{{- ": the blank is part of it, so that "{{-3}}" is a number.
  bool is_trimming_open(std::size_t at) const {
    return text_.substr(at).starts_with("{{-") && at + 3 < text_.size() && is_space(text_[at + 3]);
  }
  /// " -}}".
  bool is_trimming_close(std::size_t at) const {
    return is_space(text_[at]) && text_.substr(at + 1).starts_with("-}}");
  }

  /// Reads "{{…}}". True when it trims what follows.
  bool read_action() {
    const std::size_t begin = at_;
    at_ += is_trimming_open(at_) ? 4U : 2U;
    if (text_.substr(at_).starts_with("/*")) return read_comment(begin);
    add(Token::Kind::open, "{{", begin, 2);
    for (;;) {
      if (at_ >= text_.size()) fail(begin, 2, "action is not closed", "Close it with \"}}\".");
      if (text_.substr(at_).starts_with(kClose)) {
        add(Token::Kind::close, "}}", at_, 2);
        at_ += 2;
        return false;
      }
      if (is_trimming_close(at_)) {
        add(Token::Kind::close, "}}", at_ + 1, 3);
        at_ += 4;
        return true;
      }
      read_token();
    }
  }

  bool read_comment(std::size_t begin) {
    const std::size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos)
      fail(begin, 4, "comment is not closed", "Close it with \"*/}}\".");
    at_ = end + 2;
    const bool trims = at_ < text_.size() && is_trimming_close(at_);
    if (!trims && !text_.substr(at_).starts_with(kClose))
      fail(begin, at_ - begin, "comment is not an action of its own",
           "Write {{/* comment */}}, with nothing else in the braces.");
    at_ += trims ? 4U : 2U;
    return trims;
  }

  void read_token() {
    const std::size_t begin = at_;
    const char c = text_[at_];
    if (is_space(c)) {
      while (at_ < text_.size() && is_space(text_[at_]) && !is_trimming_close(at_)) ++at_;
      add(Token::Kind::space, " ", begin, at_ - begin);
    } else if (c == '"') {
      read_quoted();
    } else if (c == '`') {
      const std::size_t end = text_.find('`', at_ + 1);
      if (end == std::string_view::npos) fail(begin, 1, "raw string is not closed");
      add(Token::Kind::string, std::string(text_.substr(at_ + 1, end - at_ - 1)), begin,
          end + 1 - begin);
      at_ = end + 1;
    } else if (is_digit(c) ||
               ((c == '-' || c == '+') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      read_number();
    } else if (c == '.' || c == '$' || is_name(c)) {
      read_name();
    } else {
      read_symbol();
    }
  }

  void read_name() {
    const std::size_t begin = at_;
    const char first = text_[at_];
    if (!is_name(first)) ++at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string_view text = text_.substr(begin, at_ - begin);
    if (first == '.')
      add(Token::Kind::field, std::string(text.substr(1)), begin, text.size());
    else
      add(first == '$' ? Token::Kind::variable : Token::Kind::word, std::string(text), begin,
          text.size());
  }

  void read_number() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '.')) ++at_;
    add(Token::Kind::number, std::string(text_.substr(begin, at_ - begin)), begin, at_ - begin);
  }

  void read_symbol() {
    const bool is_declaration = text_.substr(at_).starts_with(":=");
    const std::size_t length = is_declaration ? 2 : decode(text_, at_).length;
    const std::string_view symbol = text_.substr(at_, length);
    if (!is_declaration && std::string_view("|(),=").find(symbol) == std::string_view::npos)
      fail(at_, length, fmt::format("unexpected \"{}\"", symbol));
    add(Token::Kind::symbol, std::string(symbol), at_, length);
    at_ += length;
  }

  /// A string in double quotes, with Go's escapes.
  void read_quoted() {
    const std::size_t begin = at_++;
    std::string value;
    for (;;) {
      if (at_ >= text_.size() || text_[at_] == '\n') fail(begin, 1, "string is not closed");
      const char c = text_[at_++];
      if (c == '"') break;
      if (c == '\\')
        read_escape(value);
      else
        value += c;
    }
    add(Token::Kind::string, std::move(value), begin, at_ - begin);
  }

  void read_escape(std::string& value) {
    constexpr std::string_view kLetters = "abfnrtv\\\"'";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"'";
    const std::size_t begin = at_ - 1;
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    if (const std::size_t letter = kLetters.find(c); c != '\0' && letter < kLetters.size()) {
      value += kMeanings[letter];
      return;
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    unsigned code = 0;
    const char* const first = text_.data() + at_;
    const char* const last = first + std::min(digits, text_.size() - at_);
    const auto [end, error] = std::from_chars(first, last, code, 16);
    if (digits == 0 || error != std::errc() || end != first + digits || code > 0x10FFFF)
      fail(begin, at_ - begin, "unknown escape in the string",
           "Write a backslash as \"\\\\\", or the string in `backquotes`.");
    at_ += digits;
    if (c == 'x')
      value += static_cast<char>(code);
    else
      encode(code, value);
  }

  const containerfile::SourceText& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Error template_error(const containerfile::SourceText& source, Place place, std::string_view message,
                     std::string hint) {
  const std::string_view before = source.text().substr(0, place.at);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0.
  return containerfile::error_at(source, {line, line, place.at - start + 1, place.length}, message,
                                 std::move(hint), ErrorKind::usage);
}

std::vector<Token> read_tokens(const containerfile::SourceText& source) {
  return Lexer(source).read();
}

}  // namespace modulah::cli::templates
