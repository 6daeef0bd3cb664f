// Expansion: one pass over the text, and a recursive call for each word inside ${…}.
//
// Where the result or its splitting differs from a shell's, it follows BuildKit: blanks in the
// value of a variable split even when its ${…} has quotes inside, and an empty quoted text makes no
// word.
#include "modulah/containerfile/expander.h"

#include <set>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "characters.h"
#include "shell_pattern.h"

namespace modulah::containerfile {

namespace {

constexpr std::string_view kSpecialParameters = "@*#?-$!0";

/// May a name contain this character? Letters beyond ASCII are allowed; what is certainly not a
/// letter (punctuation, symbols, pictures) ends the name.
bool is_name_character(char32_t code) {
  if (code < 0x80) {
    const char c = static_cast<char>(code);
    return is_letter(c) || is_digit(c) || c == '_';
  }
  if (code < 0xC0) return code == 0xAA || code == 0xB5 || code == 0xBA;
  if (code == 0xD7 || code == 0xF7) return false;
  if (code >= 0x2000 && code < 0x2C00) return false;
  if (code >= 0x3000 && code < 0x3005) return false;
  if (code >= 0x3008 && code < 0x3031) return false;
  if (code >= 0xE000 && code < 0xF900) return false;
  if (code >= 0xFE00 && code < 0xFE70) return false;
  if (code >= 0xFF00 && code < 0xFF10) return false;
  return code < 0x1F000;
}

/// Collects the words of a text while it is expanded.
class WordList {
 public:
  /// Text that splits at its blanks.
  void add(std::string_view text) {
    for (const char c : text) {
      if (!is_space(c)) {
        word_ += c;
      } else if (!word_.empty()) {
        words_.push_back(std::move(word_));
        word_.clear();
      }
    }
  }
  /// Text from within quotes.
  void add_literal(std::string_view text) { word_ += text; }
  [[nodiscard]] std::vector<std::string> take() {
    if (!word_.empty()) words_.push_back(std::move(word_));
    return std::move(words_);
  }

 private:
  std::string word_;
  std::vector<std::string> words_;
};

enum class Quotes { removed, literal };
/// Whether an escape character that took effect stays in the result: patterns need it again.
enum class Escapes { removed, kept };

class Expander {
 public:
  Expander(std::string_view text, const Lookup& lookup, char escape, Quotes quotes,
           ExpansionBudget* budget)
      : text_(text), lookup_(lookup), escape_(escape), quotes_(quotes), budget_(budget) {}

  /// Expands all; `words` gets the words when it is given.
  std::string run(WordList* words) { return expand_to(kEnd, Escapes::removed, words); }
  [[nodiscard]] std::vector<std::string> take_unset() { return std::move(unset_); }

 private:
  static constexpr int kEnd = -1;

  [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return is_at_end() ? '\0' : text_[at_]; }
  /// False for the characters that expand_to() and expand_step() have to look at.
  [[nodiscard]] bool is_plain(char c) const {
    return c != '$' && c != escape_ && c != '\'' && c != '"' && c != '}' && c != '/';
  }
  [[nodiscard]] bool is_next(char c) const { return !is_at_end() && text_[at_] == c; }

  std::string expand_to(int stop, Escapes escapes, WordList* words);
  std::string expand_step(Escapes escapes, WordList* words);
  std::string single_quoted();
  std::string double_quoted(Escapes escapes);
  std::string variable();
  std::string braced();
  std::string with_modifier(const std::string& name, char modifier, bool empty_is_unset);
  std::string required(const std::string& name, const std::optional<std::string>& value,
                       const std::string& word, bool empty_is_unset) const;
  std::string trimmed(const std::string& value, char modifier, std::string_view word) const;
  std::string replaced(const std::string& name);
  std::string name();
  std::optional<std::string> look_up(const std::string& name, bool is_optional);
  void forget_unset(std::size_t count);
  void spend(std::size_t bytes) const {
    if (budget_ != nullptr) budget_->take(bytes);
  }
  /// Pays for matching `pattern` against `value`: at worst, each byte of one meets each of the
  /// other.
  void spend_for_pattern(std::string_view pattern, std::string_view value) const {
    constexpr std::size_t kFreeBytes = 64;
    spend(value.size() * (1 + pattern.size() / kFreeBytes));
  }
  void grow(std::string& result, std::string_view more) const;
  [[noreturn]] void refuse(std::string_view why) const;

  std::string_view text_;
  const Lookup& lookup_;
  char escape_;
  Quotes quotes_;
  ExpansionBudget* budget_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> unset_;
  std::set<std::string, std::less<>> unset_names_;  ///< The same, to be found quickly.
};

void Expander::refuse(std::string_view why) const {
  throw Error(ErrorKind::invalid, fmt::format("{} {}", in_quotes(text_), why));
}

void Expander::grow(std::string& result, std::string_view more) const {
  if (result.size() + more.size() > kMaxExpandedBytes)
    refuse(fmt::format("expands to more than {} bytes", kMaxExpandedBytes));
  spend(more.size());
  result += more;
}

std::string Expander::expand_to(int stop, Escapes escapes, WordList* words) {
  if (++depth_ > kMaxExpansionDepth)
    refuse(fmt::format("has more than {} ${{…}} nested inside each other", kMaxExpansionDepth));
  std::string result;
  while (!is_at_end()) {
    if (stop != kEnd && text_[at_] == static_cast<char>(stop)) {
      ++at_;
      --depth_;
      return result;
    }
    grow(result, expand_step(escapes, words));
  }
  if (stop != kEnd) refuse(fmt::format("has a ${{ without a \"{}\"", static_cast<char>(stop)));
  --depth_;
  return result;
}

/// One quoted text, one variable, one escaped character, or plain text up to the next of these.
std::string Expander::expand_step(Escapes escapes, WordList* words) {
  const char c = text_[at_];
  const bool is_quote = quotes_ == Quotes::removed && (c == '\'' || c == '"');
  std::string step;
  if (is_quote) {
    step = c == '"' ? double_quoted(escapes) : single_quoted();
  } else if (c == '$') {
    step = variable();
    if (words != nullptr) words->add(step);
    return step;
  } else if (c == escape_) {
    if (escapes == Escapes::kept) step += c;
    const std::size_t length = decode(text_, ++at_).length;
    step += text_.substr(at_, length);
    at_ += length;
  } else {
    const std::size_t start = at_++;
    while (!is_at_end() && is_plain(text_[at_])) ++at_;
    step = text_.substr(start, at_ - start);
    if (words != nullptr) words->add(step);
    return step;
  }
  if (words != nullptr) words->add_literal(step);
  return step;
}

std::string Expander::single_quoted() {
  const std::size_t end = text_.find('\'', at_ + 1);
  if (end == std::string_view::npos) refuse("has an unterminated single quote");
  std::string result(text_.substr(at_ + 1, end - at_ - 1));
  at_ = end + 1;
  return result;
}

std::string Expander::double_quoted(Escapes escapes) {
  std::string result;
  ++at_;
  while (!is_at_end()) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return result;
    }
    if (c == '$') {
      grow(result, variable());
      continue;
    }
    ++at_;
    if (c == escape_) {
      if (escapes == Escapes::kept) result += c;
      if (is_at_end()) break;
      if (is_next('"') || is_next('$') || is_next(escape_)) {
        result += text_[at_++];
        continue;
      }
    }
    result += c;
  }
  refuse("has an unterminated double quote");
}

std::string Expander::name() {
  const std::size_t start = at_;
  if (is_digit(peek())) {
    while (is_digit(peek())) ++at_;
  } else if (!is_at_end() && kSpecialParameters.find(peek()) != std::string_view::npos) {
    ++at_;
  } else {
    while (!is_at_end()) {
      const Character c = decode(text_, at_);
      if (!is_name_character(c.code)) break;
      at_ += c.length;
    }
  }
  return std::string(text_.substr(start, at_ - start));
}

std::optional<std::string> Expander::look_up(const std::string& name, bool is_optional) {
  std::optional<std::string> value = lookup_ ? lookup_(name) : std::nullopt;
  if (value) spend(value->size());
  if (!value && !is_optional && unset_names_.insert(name).second) unset_.push_back(name);
  return value;
}

/// Forgets all but the first `count`.
void Expander::forget_unset(std::size_t count) {
  for (; unset_.size() > count; unset_.pop_back()) unset_names_.erase(unset_.back());
}

std::string Expander::variable() {
  ++at_;
  if (is_next('{')) return braced();
  const std::string found = name();
  return found.empty() ? "$" : look_up(found, false).value_or("");
}

std::string Expander::braced() {
  ++at_;
  if (is_at_end()) refuse("has a ${ without a \"}\"");
  if (is_next('{') || is_next('}') || is_next(':')) refuse("has a ${ without a name");
  const std::string found = name();
  if (is_at_end()) refuse("has a ${ without a \"}\"");
  const char modifier = text_[at_++];
  if (modifier == '}') return look_up(found, false).value_or("");
  if (found.empty()) refuse("has a ${ without a name");
  if (modifier == '/') return replaced(found);
  if (modifier != ':') return with_modifier(found, modifier, false);
  if (is_at_end()) refuse("has a ${ without a \"}\"");
  return with_modifier(found, text_[at_++], true);
}

std::string Expander::with_modifier(const std::string& name, char modifier, bool empty_is_unset) {
  const std::string_view known = empty_is_unset ? "-+?" : "-+?#%";
  if (known.find(modifier) == std::string_view::npos)
    refuse(
        fmt::format("has the unsupported modifier {} after {}; supported are - + ? # % / :- :+ :?",
                    in_quotes((empty_is_unset ? ":" : "") + std::string(1, modifier)), name));
  const bool is_pattern = modifier == '#' || modifier == '%';
  const std::size_t unset_before = unset_.size();
  const std::string word = expand_to('}', is_pattern ? Escapes::kept : Escapes::removed, nullptr);
  const std::optional<std::string> value = look_up(name, !is_pattern);
  const bool is_unset = !value || (empty_is_unset && value->empty());
  // A variable in a word that is not used does not count as missing.
  if (!is_pattern && is_unset != (modifier != '+')) forget_unset(unset_before);
  if (modifier == '-') return is_unset ? word : *value;
  if (modifier == '+') return is_unset ? "" : word;
  if (modifier == '?') return required(name, value, word, empty_is_unset);
  return trimmed(value.value_or(""), modifier, word);
}

std::string Expander::required(const std::string& name, const std::optional<std::string>& value,
                               const std::string& word, bool empty_is_unset) const {
  if (value && !(empty_is_unset && value->empty())) return *value;
  throw Error(ErrorKind::invalid,
              word.empty() ? fmt::format("variable \"{}\" is {}", name, value ? "empty" : "not set")
                           : fmt::format("variable \"{}\": {}", name, printable(word)));
}

std::string Expander::trimmed(const std::string& value, char modifier,
                              std::string_view word) const {
  Match match = Match::shortest;
  if (word.starts_with(modifier)) {
    match = Match::longest;
    word.remove_prefix(1);
  }
  const ShellPattern pattern(word);
  spend_for_pattern(word, value);
  return modifier == '#' ? pattern.without_prefix(value, match)
                         : pattern.without_suffix(value, match);
}

std::string Expander::replaced(const std::string& name) {
  const bool replaces_all = is_next('/');
  if (replaces_all) ++at_;
  const std::string pattern = expand_to('/', Escapes::kept, nullptr);
  const std::string replacement = expand_to('}', Escapes::kept, nullptr);
  const std::string value = look_up(name, false).value_or("");
  const ShellPattern compiled(pattern);
  spend_for_pattern(pattern, value);
  return compiled.replace(value, replacement, replaces_all);
}

}  // namespace

void ExpansionBudget::take(std::size_t bytes) {
  is_exhausted_ = is_exhausted_ || bytes > left_;
  if (is_exhausted_)
    throw Error(ErrorKind::invalid,
                fmt::format("variables expand to more than {} MiB in the whole file",
                            kMaxTotalExpandedBytes >> 20),
                "Use large values less often.");
  left_ -= bytes;
}

Expanded expand_word(std::string_view word, const Lookup& lookup, char escape,
                     ExpansionBudget* budget) {
  // Most words have nothing to expand.
  const char special[] = {'$', '\'', '"', escape};
  if (word.find_first_of(std::string_view(special, std::size(special))) == std::string_view::npos)
    return {std::string(word), {}};
  Expander expander(word, lookup, escape, Quotes::removed, budget);
  Expanded result;
  result.text = expander.run(nullptr);
  result.unset = expander.take_unset();
  return result;
}

ExpandedWords expand_words(std::string_view word, const Lookup& lookup, char escape,
                           ExpansionBudget* budget) {
  Expander expander(word, lookup, escape, Quotes::removed, budget);
  WordList words;
  (void)expander.run(&words);
  return {words.take(), expander.take_unset()};
}

Expanded expand_document(const HereDocument& document, const Lookup& lookup,
                         ExpansionBudget* budget) {
  const std::string content = document.content();
  if (!document.expands) return {content, {}};
  Expander expander(content, lookup, '\\', Quotes::literal, budget);
  Expanded result;
  result.text = expander.run(nullptr);
  result.unset = expander.take_unset();
  return result;
}

}  // namespace modulah::containerfile
