// Wildcards by running through all possibilities at once.
//
// The tokens are states; reading a character moves each active state on. So the time is at most
// tokens times characters, whatever the pattern. The usual shapes ("*.o", "a*", "**/*.o") are
// compared directly.
#include "wildcard.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

[[noreturn]] void refuse(std::string_view pattern, std::string_view why) {
  throw Error(ErrorKind::invalid, fmt::format("pattern {} {}", in_quotes(pattern), why));
}

}  // namespace

Wildcard::Wildcard(std::string_view pattern, DoubleStar double_star)
    : groups_take_slash_(double_star == DoubleStar::any_depth) {
  compile(pattern, double_star);
  find_shape();
}

void Wildcard::compile(std::string_view pattern, DoubleStar double_star) {
  for (std::size_t at = 0; at < pattern.size();) {
    Character c = decode(pattern, at);
    if (c.code == '*') {
      at = compile_star(pattern, at, double_star);
      continue;
    }
    if (c.code == '[') {
      at = compile_group(pattern, at);
      continue;
    }
    if (c.code == '\\') {
      c = decode(pattern, ++at);
      if (c.length == 0) refuse(pattern, "ends with a \"\\\" that escapes nothing");
      tokens_.push_back({Kind::character, c.code, 0});
    } else {
      tokens_.push_back({c.code == '?' ? Kind::any : Kind::character, c.code, 0});
    }
    at += c.length;
  }
}

std::size_t Wildcard::compile_star(std::string_view pattern, std::size_t at,
                                   DoubleStar double_star) {
  ++at;
  if (double_star == DoubleStar::plain || at == pattern.size() || pattern[at] != '*') {
    // Two in a row are one.
    if (tokens_.empty() || tokens_.back().kind != Kind::star) tokens_.push_back({Kind::star, 0, 0});
    return at;
  }
  ++at;
  if (at < pattern.size() && pattern[at] == '/') ++at;
  if (at == pattern.size()) {
    tokens_.push_back({Kind::everything, 0, 0});
  } else {
    tokens_.push_back({Kind::directories, 0, 0});
    tokens_.push_back({Kind::within_directories, 0, 0});
  }
  return at;
}

std::size_t Wildcard::compile_group(std::string_view pattern, std::size_t at) {
  Group group;
  ++at;
  if (at < pattern.size() && pattern[at] == '^') {
    group.is_negated = true;
    ++at;
  }
  const auto take = [&] {
    Character c = decode(pattern, at);
    if (c.length == 0) refuse(pattern, "has an unterminated \"[\"");
    if (c.code == '-' || c.code == ']')
      refuse(pattern, fmt::format("has a \"{}\" in \"[…]\" that needs a \"\\\" before it",
                                  static_cast<char>(c.code)));
    if (c.code == '\\') c = decode(pattern, ++at);
    if (c.length == 0) refuse(pattern, "has an unterminated \"[\"");
    at += c.length;
    return c.code;
  };
  while (group.ranges.empty() || at >= pattern.size() || pattern[at] != ']') {
    const char32_t low = take();
    char32_t high = low;
    if (at < pattern.size() && pattern[at] == '-') {
      ++at;
      high = take();
    }
    if (high < low) refuse(pattern, "has a range in \"[…]\" that ends before it starts");
    group.ranges.push_back({low, high});
  }
  tokens_.push_back({Kind::one_of, 0, groups_.size()});
  groups_.push_back(std::move(group));
  return at + 1;
}

void Wildcard::find_shape() {
  const auto is_character = [](const Token& token) { return token.kind == Kind::character; };
  const auto first = std::find_if_not(tokens_.begin(), tokens_.end(), is_character);
  for (auto token = tokens_.begin(); token != first; ++token) encode(token->character, prefix_);
  if (first == tokens_.end()) {
    shape_ = Shape::literal;
    return;
  }
  const bool is_deep = first == tokens_.begin() && first->kind == Kind::directories;
  const auto star = is_deep ? first + 2 : first;
  if (star == tokens_.end() || star->kind != Kind::star ||
      !std::all_of(star + 1, tokens_.end(), is_character))
    return;
  std::string suffix;
  for (auto token = star + 1; token != tokens_.end(); ++token) encode(token->character, suffix);
  if (is_deep && suffix.find('/') != std::string::npos) return;
  shape_ = is_deep ? Shape::suffix : Shape::one_star;
  suffix_ = std::move(suffix);
}

bool Wildcard::matches(std::string_view path) const {
  if (shape_ == Shape::literal) return path == prefix_;
  if (!path.starts_with(prefix_)) return false;
  if (shape_ == Shape::suffix) return path.ends_with(suffix_);
  if (shape_ == Shape::one_star)
    return path.size() >= prefix_.size() + suffix_.size() && path.ends_with(suffix_) &&
           path.substr(prefix_.size(), path.size() - prefix_.size() - suffix_.size()).find('/') ==
               std::string_view::npos;
  return run(path)[tokens_.size()] != 0;
}

bool Wildcard::may_match_after(std::string_view start) const {
  if (shape_ == Shape::literal) return prefix_.starts_with(start);
  const std::vector<std::uint8_t> states = run(start);
  return std::any_of(states.begin(), states.end() - 1, [](std::uint8_t s) { return s != 0; });
}

bool Wildcard::is_in(const Group& group, char32_t c) const {
  const bool is_found = std::any_of(group.ranges.begin(), group.ranges.end(),
                                    [c](const Range& r) { return c >= r.low && c <= r.high; });
  return is_found != group.is_negated;
}

/// Makes `token` active, and those that may follow it without a character.
void Wildcard::enter(std::vector<std::uint8_t>& states, std::size_t token) const {
  while (states[token] == 0) {
    states[token] = 1;
    if (token == tokens_.size()) return;
    const Kind kind = tokens_[token].kind;
    if (kind == Kind::directories) {
      states[token + 1] = 1;
      token += 2;
    } else if (kind == Kind::star || kind == Kind::everything) {
      ++token;
    } else {
      return;
    }
  }
}

std::vector<std::uint8_t> Wildcard::run(std::string_view text) const {
  std::vector<std::uint8_t> states(tokens_.size() + 1);
  std::vector<std::uint8_t> next(tokens_.size() + 1);
  enter(states, 0);
  for (std::size_t at = 0; at < text.size();) {
    const Character c = decode(text, at);
    at += c.length;
    std::fill(next.begin(), next.end(), std::uint8_t{0});
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (states[i] == 0) continue;
      const Token& token = tokens_[i];
      const bool is_slash = c.code == '/';
      switch (token.kind) {
        case Kind::character:
          if (token.character == c.code) enter(next, i + 1);
          break;
        case Kind::any:
          if (!is_slash) enter(next, i + 1);
          break;
        case Kind::one_of:
          if ((groups_take_slash_ || !is_slash) && is_in(groups_[token.group], c.code))
            enter(next, i + 1);
          break;
        case Kind::star:
          if (!is_slash) enter(next, i);
          break;
        case Kind::directories:
          break;
        case Kind::within_directories:
          next[i] = 1;
          if (is_slash) enter(next, i + 1);
          break;
        case Kind::everything:
          enter(next, i);
          break;
      }
    }
    std::swap(states, next);
  }
  return states;
}

}  // namespace modulah::containerfile
