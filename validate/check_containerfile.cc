// All rules about a Containerfile, one family after the other.
#include <algorithm>
#include <tuple>
#include <utility>

#include "modulah/validate/containerfile.h"

#include "containerfile/check_directive.h"
#include "containerfile/rule_run.h"

namespace modulah::validate {

namespace {

std::vector<Finding> apply_directive(const CheckDirective& directive,
                                     std::vector<Finding> findings) {
  // That the file cannot be read or built is no matter of taste.
  const auto is_skipped = [&](const Finding& finding) {
    if (finding.rule == RuleId::syntax || finding.rule == RuleId::invalid_variable) return false;
    return directive.skips_all || directive.skipped.contains(rule_of(finding.rule).name);
  };
  findings.erase(std::remove_if(findings.begin(), findings.end(), is_skipped), findings.end());
  if (directive.makes_errors)
    for (Finding& finding : findings)
      if (finding.severity == Severity::warning) finding.severity = Severity::error;
  return findings;
}

}  // namespace

std::vector<Finding> check_containerfile(const ContainerfileFacts& facts) {
  CheckDirective directive = read_check_directive(facts);
  std::vector<Finding> findings = std::move(directive.findings);
  const RuleRun run{facts, findings};
  for (const containerfile::Warning& warning : facts.warnings)
    if (const std::optional<RuleId> rule = find_rule(warning.rule))
      run.add(*rule, warning.span, warning.message, std::string(rule_of(*rule).advice));
  check_casing(run);
  check_stage_names(run);
  const std::vector<StageBase> bases = check_bases(run);
  check_commands(run, bases);
  check_variables(run, bases);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.span.line, a.span.column) < std::tie(b.span.line, b.span.column);
  });
  return apply_directive(directive, std::move(findings));
}

std::vector<Finding> apply_check_directive(const ContainerfileFacts& facts,
                                           std::vector<Finding> findings) {
  return apply_directive(read_check_directive(facts), std::move(findings));
}

}  // namespace modulah::validate
