// All rules about a Containerfile, one family after the other.
#include <algorithm>
#include <tuple>
#include <utility>

#include "modulah/validate/containerfile.h"

#include "containerfile/check_comments.h"
#include "containerfile/rule_run.h"

namespace modulah::validate {

namespace {

void add_parser_warnings(const RuleRun& run) {
  for (const containerfile::Warning& warning : run.facts.warnings)
    if (const std::optional<RuleId> rule = find_rule(warning.rule))
      run.add(*rule, warning.span, warning.message, std::string(rule_of(*rule).advice));
}

std::vector<Finding> in_order(std::vector<Finding> findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.span.line, a.span.column) < std::tie(b.span.line, b.span.column);
  });
  return findings;
}

}  // namespace

std::vector<Finding> check_containerfile(const ContainerfileFacts& facts) {
  std::vector<Finding> findings;
  const CheckComments comments(facts, findings);
  RuleBudget budget;
  const RuleRun run{facts, findings, budget};
  add_parser_warnings(run);
  check_casing(run);
  check_descriptions(run);
  const containerfile::StageNames names = check_stage_names(run);
  const std::vector<StageBase> bases = check_bases(run, names);
  check_commands(run, bases);
  check_variables(run, bases);
  return comments.apply(in_order(std::move(findings)));
}

std::vector<Finding> check_syntax(const ContainerfileFacts& facts,
                                  const containerfile::ParseResult& parsed) {
  std::vector<Finding> findings;
  const CheckComments comments(facts, findings);
  RuleBudget budget;
  add_parser_warnings({facts, findings, budget});
  findings = comments.apply(std::move(findings));
  for (const Error& error : parsed.errors)
    findings.push_back(finding_of(error, RuleId::syntax, facts.source.name()));
  findings = in_order(std::move(findings));
  const std::vector<Error> errors = containerfile::errors_to_tell(parsed);
  if (errors.size() > parsed.errors.size())
    findings.push_back(finding_of(errors.back(), RuleId::syntax, facts.source.name()));
  return findings;
}

std::vector<Finding> apply_check_directive(const ContainerfileFacts& facts,
                                           std::vector<Finding> findings) {
  std::vector<Finding> ignored;
  return CheckComments(facts, ignored).apply(std::move(findings));
}

}  // namespace modulah::validate
