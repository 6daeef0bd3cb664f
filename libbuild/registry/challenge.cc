// Parses WWW-Authenticate headers of untrusted servers.
#include <algorithm>

#include "modulah/base/ascii.h"
#include "modulah/registry/auth.h"

namespace modulah::registry {

namespace {

constexpr std::size_t kMaxChallenges = 16;
constexpr std::size_t kMaxParameters = 32;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Takes pieces off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }
  [[nodiscard]] std::string_view token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_character);
    return take(static_cast<std::size_t>(end - rest_.begin()));
  }
  bool accept(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// The text up to the next comma or space.
  [[nodiscard]] std::string_view word() {
    return take(std::min(rest_.find_first_of(", \t"), rest_.size()));
  }
  /// The rest of a quoted string whose opening quote was taken; nothing when it is unterminated.
  [[nodiscard]] std::optional<std::string> quoted() {
    std::string out;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return out;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      out += rest_[i];
    }
    return std::nullopt;
  }
  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
};

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  Scanner scanner(header);
  for (;;) {
    scanner.skip(" \t,");
    const std::string name = lower(scanner.token());
    if (name.empty()) return challenges;
    scanner.skip(" \t");
    // A word followed by "=" is a parameter; any other word begins the next challenge.
    if (!scanner.accept('=')) {
      if (challenges.size() == kMaxChallenges) return challenges;
      challenges.push_back({name, {}});
      continue;
    }
    scanner.skip(" \t");
    std::optional<std::string> value;
    if (scanner.accept('"'))
      value = scanner.quoted();
    else
      value = std::string(scanner.word());
    if (!value || challenges.empty()) return challenges;
    if (challenges.back().parameters.size() < kMaxParameters)
      challenges.back().parameters.emplace(name, std::move(*value));
    if (scanner.is_at_end()) return challenges;
  }
}

}  // namespace modulah::registry
