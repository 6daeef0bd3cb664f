// Compiled wildcards, for ignore rules and COPY's sources.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::containerfile {

/// What "**" means.
enum class DoubleStar {
  any_depth,  ///< Any number of directories, as in ignore files.
  plain,      ///< The same as "*", as in Go's filepath.Match.
};

/// A pattern as a row of tokens. Immutable.
class Wildcard {
 public:
  /// Throws Error: invalid for an unclosed or malformed "[…]" and for a "\" at the end.
  Wildcard(std::string_view pattern, DoubleStar double_star);

  /// Has the pattern no wildcard at all?
  [[nodiscard]] bool is_literal() const { return shape_ == Shape::literal; }
  [[nodiscard]] bool matches(std::string_view path) const;
  /// Is there a path that begins with `start` and matches?
  [[nodiscard]] bool may_match_after(std::string_view start) const;

 private:
  enum class Kind : std::uint8_t {
    character,           ///< This one.
    any,                 ///< One character but "/".
    one_of,              ///< One character of a class.
    star,                ///< Any number of characters but "/".
    directories,         ///< "(.*/)?" fresh: may be nothing, or become within_directories.
    within_directories,  ///< "(.*/)" begun: ends only after a "/".
    everything,          ///< ".*"
  };
  struct Token {
    Kind kind = Kind::character;
    char32_t character = 0;
    std::size_t group = 0;  ///< Which of groups_, for one_of.
  };
  struct Range {
    char32_t low;
    char32_t high;
  };
  struct Group {
    bool is_negated = false;
    std::vector<Range> ranges;
  };
  /// How it can be compared without looking at tokens.
  enum class Shape : std::uint8_t {
    literal,   ///< prefix_ only.
    one_star,  ///< prefix_, "*", suffix_.
    suffix,    ///< "**/*" and suffix_, which has no "/".
    general,   ///< Begins with prefix_.
  };

  void compile(std::string_view pattern, DoubleStar double_star);
  std::size_t compile_star(std::string_view pattern, std::size_t at, DoubleStar double_star);
  std::size_t compile_group(std::string_view pattern, std::size_t at);
  void find_shape();
  [[nodiscard]] bool is_in(const Group& group, char32_t c) const;
  /// Reads `text` from the first token; gives which tokens may come next (tokens_.size(): none,
  /// it is all matched).
  [[nodiscard]] std::vector<std::uint8_t> run(std::string_view text) const;
  void enter(std::vector<std::uint8_t>& states, std::size_t token) const;

  /// A negated class takes "/" too, as the regular expressions of moby's patternmatcher do.
  bool groups_take_slash_ = false;
  std::vector<Token> tokens_;
  std::vector<Group> groups_;
  Shape shape_ = Shape::general;
  std::string prefix_;
  std::string suffix_;
};

}  // namespace modulah::containerfile
