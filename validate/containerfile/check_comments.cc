// Where the options come from, what is wrong with them, and what they make of findings.
#include "check_comments.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"

namespace modulah::validate {

namespace {

namespace cf = containerfile;

constexpr std::string_view kBuildArg = "BUILDKIT_DOCKERFILE_CHECK";

std::string hint_for(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Rule& rule : all_rules()) names.push_back(rule.name);
  const std::string_view near = cf::nearest(name, names);
  return near.empty() ? "A rule's name is in the brackets at the end of each finding."
                      : fmt::format("Did you mean {}?", near);
}

}  // namespace

std::string_view check_options_in(std::string_view comment) {
  constexpr std::string_view kName = "check";
  if (comment.size() < kName.size()) return {};
  for (std::size_t i = 0; i < kName.size(); ++i)
    if ((comment[i] | 0x20) != kName[i]) return {};
  comment.remove_prefix(kName.size());
  comment.remove_prefix(std::min(comment.find_first_not_of(" \t"), comment.size()));
  if (!comment.starts_with('=')) return {};
  comment.remove_prefix(1);
  comment.remove_prefix(std::min(comment.find_first_not_of(" \t"), comment.size()));
  return comment.substr(0, comment.find(' '));  // A reason may follow.
}

CheckOptions check_options(const ContainerfileFacts& facts) {
  const auto given = facts.build_args.find(std::string(kBuildArg));
  if (given != facts.build_args.end())
    return with_context([] { return fmt::format("--build-arg {}", kBuildArg); },
                        [&] { return parse_check_options(given->second); });
  const std::optional<cf::Text>& written = facts.file.directives.check;
  if (!written) return {};
  return cf::with_place(facts.source, written->span,
                        [&] { return parse_check_options(written->text); });
}

/// Says which names no rule has, as far as anybody reads it.
void CheckComments::check_names(const RuleNames& rules, const std::string& subject,
                                const cf::Span& span, std::vector<Finding>& findings) {
  constexpr std::size_t kMaxUnknown = 100;
  for (const std::string& name : rules.names) {
    if (find_rule(name) || ++unknown_names_ > kMaxUnknown) continue;
    findings.push_back(make_finding(RuleId::check_directive, subject,
                                    fmt::format("there is no rule \"{}\"", name), hint_for(name),
                                    span));
  }
}

CheckComments::CheckComments(const ContainerfileFacts& facts, std::vector<Finding>& findings) {
  const std::string& subject = facts.source.name();
  try {
    global_ = check_options(facts);
  } catch (const Error& error) {
    // Rules never throw for what the user wrote. A build does.
    findings.push_back(finding_of(error, RuleId::check_directive, subject));
    findings.back().severity = Severity::error;
  }
  const std::optional<cf::Text>& written = facts.file.directives.check;
  const bool is_from_file = written && !facts.build_args.contains(std::string(kBuildArg));
  const cf::Span span = is_from_file ? written->span : cf::Span{};
  check_names(global_.skipped, subject, span, findings);
  check_names(global_.experimental, subject, span, findings);
  const auto read = [&](const auto& instruction) {
    read_comments(facts, findings, instruction.span, instruction.comments);
  };
  for (const cf::Instruction& arg : facts.file.global_args) read(arg);
  for (const cf::Stage& stage : facts.file.stages) {
    read(stage.from);
    for (const cf::Instruction& instruction : stage.instructions) read(instruction);
  }
}

/// The first "# check=" above an instruction counts. A malformed one has no effect, as in BuildKit.
void CheckComments::read_comments(const ContainerfileFacts& facts, std::vector<Finding>& findings,
                                  const cf::Span& span, const std::vector<cf::Text>& comments) {
  const std::string& subject = facts.source.name();
  for (const cf::Text& comment : comments) {
    const std::string_view text = check_options_in(comment.text);
    if (text.empty()) continue;
    try {
      const CheckOptions options = parse_check_options(text);
      check_names(options.skipped, subject, comment.span, findings);
      check_names(options.experimental, subject, comment.span, findings);
      locals_.push_back({span.line, span.end_line, options});
    } catch (const Error& error) {
      findings.push_back(make_finding(RuleId::check_directive, subject, error.message(),
                                      error.hint(), comment.span));
    }
    return;
  }
}

bool CheckComments::shows(const Finding& finding) const {
  const Rule& rule = rule_of(finding.rule);
  if (!global_.shows(rule) && !rule.is_experimental) return false;
  if (finding.span.line == 0) return global_.shows(rule);
  const auto local = std::partition_point(locals_.begin(), locals_.end(), [&](const Local& other) {
    return other.last_line < finding.span.line;
  });
  const bool is_inside = local != locals_.end() && local->first_line <= finding.span.line;
  if (rule.is_experimental) return global_.shows(rule) || (is_inside && local->options.shows(rule));
  return !is_inside || local->options.shows(rule);
}

std::vector<Finding> CheckComments::apply(std::vector<Finding> findings) const {
  std::erase_if(findings, [&](const Finding& finding) { return !shows(finding); });
  if (global_.makes_errors)
    for (Finding& finding : findings)
      if (finding.severity == Severity::warning) finding.severity = Severity::error;
  return findings;
}

}  // namespace modulah::validate
