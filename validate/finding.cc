// Making findings and putting them into words.
#include "modulah/validate/finding.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace modulah::validate {

namespace {

/// Takes ":NUMBER" off the front of `text`; 0 when there is none.
std::size_t take_number(std::string_view& text) {
  if (!text.starts_with(':')) return 0;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// What follows the place.
std::string message_of(const Finding& finding) {
  const std::string platform =
      finding.platform.empty() ? "" : fmt::format(" ({})", finding.platform);
  return fmt::format("{}{} [{}]", finding.message, platform, rule_of(finding.rule).name);
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return {};
}

Finding make_finding(RuleId rule, std::string subject, std::string message, std::string hint,
                     containerfile::Span span) {
  return {rule, rule_of(rule).severity, std::move(subject),
          span, std::move(message),     std::move(hint),
          {}};
}

Finding finding_of(const Error& error, RuleId rule, std::string subject) {
  std::string_view text = error.message();
  containerfile::Span span;
  if (text.starts_with(subject)) {
    text.remove_prefix(subject.size());
    span.line = take_number(text);
    span.end_line = span.line;
    if (span.line != 0) span.column = take_number(text);
    if (text.starts_with(": "))
      text.remove_prefix(2);
    else  // It only began like the subject.
      text = error.message();
  }
  Finding finding = make_finding(rule, std::move(subject), std::string(text), error.hint(), span);
  finding.excerpt = error.excerpt();
  return finding;
}

std::string place_of(const Finding& finding) {
  std::string place = finding.subject;
  if (finding.span.line != 0) place += fmt::format(":{}", finding.span.line);
  if (finding.span.column != 0) place += fmt::format(":{}", finding.span.column);
  return place;
}

std::string to_text(const Finding& finding) {
  return fmt::format("{}: {}", place_of(finding), message_of(finding));
}

std::string to_line(const Finding& finding) {
  return fmt::format("{}: {}: {}", place_of(finding), to_string(finding.severity),
                     message_of(finding));
}

void add_image_findings(std::vector<Finding>& findings, std::vector<Finding> of_image) {
  const std::size_t count = findings.size();
  for (Finding& finding : of_image) {
    const auto end = findings.begin() + static_cast<std::ptrdiff_t>(count);
    const bool is_said = std::any_of(findings.begin(), end, [&](const Finding& other) {
      return other.rule == finding.rule && other.span.line != 0;
    });
    if (!is_said) findings.push_back(std::move(finding));
  }
}

}  // namespace modulah::validate
