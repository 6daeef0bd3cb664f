// A build without a result: every step is taken as in a build, and what a build would end at
// becomes a finding, after which the next step follows.
#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/builder/builder.h"
#include "modulah/validate/containerfile.h"
#include "modulah/validate/image.h"

#include "build_input.h"
#include "context.h"
#include "findings.h"
#include "finish.h"
#include "layer_check.h"
#include "module_gate.h"
#include "plan.h"
#include "stage_builder.h"

namespace modulah::builder {

namespace {

using validate::Finding;
using validate::RuleId;

RuleId rule_for(ErrorKind kind) {
  if (kind == ErrorKind::not_found) return RuleId::source_not_found;
  if (kind == ErrorKind::unsupported) return RuleId::not_supported;
  return RuleId::cannot_build;
}

/// An error of a step, or of planning it.
Finding to_finding(const Error& error, const std::string& subject) {
  return validate::finding_of(error, rule_for(error.kind()), subject);
}

bool is_syntax(const Error& error) {
  return error.kind() == ErrorKind::invalid || error.kind() == ErrorKind::unsupported;
}

/// The text that cannot be read, as its error calls it in front.
std::string subject_of(const Error& error, const BuildRequest& request) {
  const std::string& ignore = request.ignore.name;
  if (!ignore.empty() && error.message().starts_with(ignore + ":")) return ignore;
  return request.containerfile.name;
}

class Check {
 public:
  Check(const BuildInput& input, const BuildTools& tools, Reporter& reporter)
      : input_(input),
        request_(input.request),
        context_(request_.context, input.ignore),
        // Optimised modules are not looked at: what goes into the optimiser is.
        gate_(tools, {std::nullopt, {}, CacheUse::no, request_.threads}, reporter),
        layers_(context_, gate_, request_.stop) {}

  std::vector<Finding> run() {
    std::vector<std::vector<Finding>> findings;
    std::vector<std::string> names;
    for (const oci::Platform& platform : input_.platforms()) {
      findings.push_back(check_platform(platform));
      names.push_back(platform.text());
    }
    return merge_platforms(std::move(findings), names);
  }

 private:
  std::vector<Finding> check_platform(const oci::Platform& platform) {
    const validate::ContainerfileFacts facts = input_.facts(platform);
    std::vector<Finding> findings = validate::check_containerfile(facts);
    std::vector<Error> errors;
    try {
      std::vector<Finding> more = check_stage(platform, errors);
      validate::add_image_findings(findings,
                                   validate::apply_check_directive(facts, std::move(more)));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::usage) throw;
      errors.push_back(error);
    }
    for (const Error& error : errors) add_error(findings, error);
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
      const auto order = [](const Finding& finding) {
        return std::pair(finding.span.line == 0, std::pair(finding.span.line, finding.span.column));
      };
      return order(a) < order(b);
    });
    return findings;
  }

  /// What is to be said about files and image. Steps that fail are added to `errors`.
  std::vector<Finding> check_stage(const oci::Platform& platform, std::vector<Error>& errors) {
    GlobalScope global = input_.global_scope(platform);
    const Plan plan = make_plan(input_.file, input_.source, {request_.target, request_.from},
                                [&global](std::string_view name) { return global.find(name); });
    errors = plan.problems;
    StageBuilder builder(plan, platform, global,
                         {input_, context_, layers_, silent_reporter(), &errors});
    const StageState state = apply_request(builder.run(), request_);
    std::vector<Finding> findings = validate::check_image(facts_of(state, request_, nullptr));
    add_file_findings(findings, builder.findings());
    locate_entry_point(findings, state, input_.source);
    // It may be missing only because a step before failed.
    if (!errors.empty())
      std::erase_if(findings, [](const Finding& finding) {
        return finding.rule == RuleId::entry_point_missing;
      });
    return findings;
  }

  /// Unless a rule has said of this line already what is wrong.
  void add_error(std::vector<Finding>& findings, const Error& error) const {
    Finding finding = to_finding(error, input_.source.name());
    const bool is_said = std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
      return other.severity == validate::Severity::error && finding.span.line != 0 &&
             other.span.line == finding.span.line && other.subject == finding.subject;
    });
    if (!is_said) findings.push_back(std::move(finding));
  }

  const BuildInput& input_;
  const BuildRequest& request_;
  const Context context_;
  ModuleGate gate_;
  LayerCheck layers_;
};

}  // namespace

std::vector<Finding> check_build(const BuildRequest& request, const BuildTools& tools,
                                 Reporter& reporter) {
  std::optional<BuildInput> input;
  try {
    input.emplace(request);
  } catch (const Error& error) {
    if (!is_syntax(error)) throw;
    return {validate::finding_of(error, RuleId::syntax, subject_of(error, request))};
  }
  if (!input->parsed.errors.empty()) return input->syntax_findings();
  return Check(*input, tools, reporter).run();
}

}  // namespace modulah::builder
