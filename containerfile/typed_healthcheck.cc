// HEALTHCHECK.
#include <charconv>

#include <fmt/format.h>

#include "modulah/containerfile/values.h"

#include "characters.h"
#include "flag_set.h"
#include "typed.h"

namespace modulah::containerfile {

namespace {

constexpr FlagDefinition kFlags[] = {
    {"interval", FlagKind::text},     {"timeout", FlagKind::text},
    {"start-period", FlagKind::text}, {"start-interval", FlagKind::text},
    {"retries", FlagKind::text},
};

std::optional<std::chrono::nanoseconds> duration_of(const SourceText& source, const FlagSet& flags,
                                                    std::string_view name) {
  const std::optional<Text> text = flags.text(name);
  if (!text || text->text.empty()) return std::nullopt;
  return with_place(source, text->span, [&] {
    const std::chrono::nanoseconds duration = parse_duration(text->text);
    if (duration != std::chrono::nanoseconds(0) && duration < std::chrono::milliseconds(1))
      throw Error(
          ErrorKind::invalid,
          fmt::format("--{} is {}, less than the minimum of 1ms", name, in_quotes(text->text)),
          "Use 0 for the default.");
    return duration;
  });
}

std::optional<unsigned> retries_of(const SourceText& source, const FlagSet& flags) {
  const std::optional<Text> text = flags.text("retries");
  if (!text || text->text.empty()) return std::nullopt;
  unsigned number = 0;
  const char* end = text->text.data() + text->text.size();
  const auto parsed = std::from_chars(text->text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number > 0x7FFFFFFF)
    throw error_at(
        source, text->span,
        fmt::format("--retries is {}, not a number of at least 0", in_quotes(text->text)));
  return number;
}

}  // namespace

Healthcheck to_healthcheck(const SourceText& source, const Node& node) {
  constexpr const char* kHint = "Write HEALTHCHECK CMD and a command, or HEALTHCHECK NONE.";
  if (node.args.empty())
    throw error_at(source, node.span, "HEALTHCHECK needs CMD and a command, or NONE", kHint);
  Healthcheck check;
  const Text& type = node.args.front();
  const FlagSet flags(source, node, kFlags);
  if (equal_without_case(type.text, "none")) {
    if (node.args.size() > 1 || !node.flags.empty())
      throw error_at(source, node.args.size() > 1 ? node.args[1].span : node.flags.front().span,
                     "HEALTHCHECK NONE does not take arguments");
    check.is_none = true;
    return check;
  }
  if (!equal_without_case(type.text, "cmd"))
    throw error_at(source, type.span,
                   fmt::format("HEALTHCHECK {} is neither CMD nor NONE", in_quotes(type.text)),
                   kHint);
  if (node.args.size() < 2)
    throw error_at(source, type.span, "HEALTHCHECK CMD has no command", kHint);
  check.command = command_of(node, 1);
  check.interval = duration_of(source, flags, "interval");
  check.timeout = duration_of(source, flags, "timeout");
  check.start_period = duration_of(source, flags, "start-period");
  check.start_interval = duration_of(source, flags, "start-interval");
  check.retries = retries_of(source, flags);
  return check;
}

}  // namespace modulah::containerfile
