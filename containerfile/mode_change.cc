// --chmod: octal modes, and chmod(1)'s symbolic ones without a umask.
#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

constexpr std::uint32_t kUser = 04700;
constexpr std::uint32_t kGroup = 02070;
constexpr std::uint32_t kOther = 01007;
constexpr std::uint32_t kAll = 07777;
constexpr std::uint32_t kExecute = 0111;
constexpr std::size_t kMaxSteps = 100;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::invalid, fmt::format("mode {} {}", in_quotes(text), why),
              "Write an octal mode (0755) or changes (u=rwX,go=rX).");
}

/// The three bits of one class, for all three classes.
std::uint32_t spread(std::uint32_t bits) { return bits * 0111; }

}  // namespace

ModeChange ModeChange::parse(std::string_view text) {
  ModeChange change;
  if (text.empty()) refuse(text, "is empty");
  if (is_digit(text.front())) {
    change.is_octal_ = true;
    for (const char c : text) {
      if (c < '0' || c > '7') refuse(text, "is not octal");
      change.octal_ = change.octal_ * 8 + static_cast<std::uint32_t>(c - '0');
      if (change.octal_ > kAll) refuse(text, "is more than 7777");
    }
    return change;
  }
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    change.parse_clause(text.substr(start, end - start), text);
    start = end + 1;
  }
  return change;
}

/// Reads "u=rwX" or "go+r-x": classes, then one or more actions with their permissions.
void ModeChange::parse_clause(std::string_view clause, std::string_view text) {
  std::uint32_t who = 0;
  std::size_t at = 0;
  for (; at < clause.size(); ++at) {
    if (clause[at] == 'u')
      who |= kUser;
    else if (clause[at] == 'g')
      who |= kGroup;
    else if (clause[at] == 'o')
      who |= kOther;
    else if (clause[at] == 'a')
      who |= kAll;
    else
      break;
  }
  if (who == 0) who = kAll;
  if (at == clause.size()) refuse(text, "has a part without +, - or =");
  while (at < clause.size()) {
    Step step;
    step.who = who;
    if (clause[at] == '+')
      step.action = Action::add;
    else if (clause[at] == '-')
      step.action = Action::remove;
    else if (clause[at] == '=')
      step.action = Action::set;
    else
      refuse(text, fmt::format("has {} where +, - or = is expected",
                               in_quotes(clause.substr(at, decode(clause, at).length))));
    for (++at; at < clause.size() && !is_action(clause[at]); ++at)
      add_permission(step, clause[at], text);
    steps_.push_back(step);
    if (steps_.size() > kMaxSteps) refuse(text, fmt::format("has more than {} changes", kMaxSteps));
  }
}

bool ModeChange::is_action(char c) { return c == '+' || c == '-' || c == '='; }

void ModeChange::add_permission(Step& step, char c, std::string_view text) {
  switch (c) {
    case 'r':
      step.permissions |= 0444;
      return;
    case 'w':
      step.permissions |= 0222;
      return;
    case 'x':
      step.permissions |= kExecute;
      return;
    case 'X':
      step.has_conditional_execute = true;
      return;
    case 's':
      step.permissions |= 06000;
      return;
    case 't':
      step.permissions |= 01000;
      return;
    case 'u':
      step.copied_from |= 0700;
      return;
    case 'g':
      step.copied_from |= 0070;
      return;
    case 'o':
      step.copied_from |= 0007;
      return;
    default:
      refuse(text, fmt::format("has {}, which is not one of the permissions rwxXst and ugo",
                               in_quotes(printable(std::string_view(&c, 1)))));
  }
}

std::uint32_t ModeChange::apply(std::uint32_t mode, bool is_directory) const {
  if (is_octal_) return octal_;
  mode &= kAll;
  for (const Step& step : steps_) {
    std::uint32_t bits = step.permissions;
    if (step.has_conditional_execute && (is_directory || (mode & kExecute) != 0)) bits |= kExecute;
    if ((step.copied_from & 0700) != 0) bits |= spread((mode >> 6) & 7);
    if ((step.copied_from & 0070) != 0) bits |= spread((mode >> 3) & 7);
    if ((step.copied_from & 0007) != 0) bits |= spread(mode & 7);
    bits &= step.who;
    switch (step.action) {
      case Action::add:
        mode |= bits;
        break;
      case Action::remove:
        mode &= ~bits;
        break;
      case Action::set:
        mode = (mode & ~step.who) | bits;
        break;
    }
  }
  return mode;
}

}  // namespace modulah::containerfile
