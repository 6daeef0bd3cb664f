// What stages are called, and what the comments above stages and arguments say.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/containerfile/values.h"

#include "check_comments.h"
#include "rule_run.h"
#include "scope.h"

namespace modulah::validate {

namespace {

namespace cf = containerfile;

/// Looks at the names after AS.
class StageNameCheck {
 public:
  explicit StageNameCheck(const RuleRun& run) : run_(run), scope_(global_scope(run)) {}

  /// Gives the name, in lower case; empty when there is none or it is not known.
  std::string check(const cf::Stage& stage) {
    if (!stage.from.alias) return {};
    const cf::Text& alias = *stage.from.alias;
    const Expansion expansion = expand(run_, alias.text, scope_);
    check_from_variables(run_, alias, expansion, scope_);
    const bool has_variable = alias.text.find('$') != std::string::npos;
    if (has_variable)
      run_.add(
          RuleId::non_portable_stage_name, alias.span,
          fmt::format("BuildKit does not expand the variable in the stage name \"{}\"", alias.text),
          "Write the name without variables.");
    const std::optional<std::string> text = expansion.text();
    if (!text) return {};
    std::string name = lower(*text);
    if (name.empty()) {
      run_.add(RuleId::invalid_variable, alias.span,
               fmt::format("the stage name \"{}\" is empty after expansion", alias.text));
      return {};
    }
    check_name(alias, *text, name, has_variable);
    const auto [found, is_new] = lines_.emplace(name, stage.from.span.line);
    if (!is_new)
      run_.add(
          RuleId::duplicate_stage_name, alias.span,
          fmt::format("duplicate stage name \"{}\", already used on line {}", *text, found->second),
          "Give each stage a name of its own.");
    return name;
  }

 private:
  void check_name(const cf::Text& alias, const std::string& text, const std::string& name,
                  bool has_variable) const {
    if (text != name)
      run_.add(RuleId::stage_name_casing, alias.span,
               fmt::format("stage name \"{}\" should be lowercase", text),
               fmt::format("Write {}.", name));
    if (!has_variable && !cf::is_stage_name(text))
      run_.add(RuleId::non_portable_stage_name, alias.span,
               fmt::format("BuildKit does not accept the stage name \"{}\"", text),
               "Use a letter, followed by letters, digits, \"-\", \"_\" and \".\".");
    if (name == "scratch" || name == "context")
      run_.add(RuleId::reserved_stage_name, alias.span,
               fmt::format("stage name \"{}\" is reserved for {}", text,
                           name == "scratch" ? "the empty base image" : "the build context"),
               "Choose another name.");
  }

  const RuleRun& run_;
  const Scope scope_;
  std::map<std::string, std::size_t, std::less<>> lines_;
};

/// BuildKit's descriptions of stages and arguments: "# NAME text" directly above.
void check_description(const RuleRun& run, const std::vector<cf::Text>& comments,
                       const std::vector<std::string>& names, std::string_view keyword) {
  if (comments.empty() || names.empty()) return;
  const cf::Text& last = comments.back();
  const std::string first_word = last.text.substr(0, last.text.find(' '));
  if (std::find(names.begin(), names.end(), first_word) != names.end()) return;
  if (!check_options_in(last.text).empty()) return;
  run.add(RuleId::invalid_definition_description, last.span,
          fmt::format("comment for {} should have the form \"# {} <description>\"", keyword,
                      names.size() == 1 ? names.front() : "<name>"),
          "Separate other comments from the instruction with an empty line.");
}

void check_arg_description(const RuleRun& run, const cf::Instruction& instruction) {
  const auto* arg = std::get_if<cf::Arg>(&instruction.value);
  if (arg == nullptr) return;
  std::vector<std::string> names;
  for (const cf::ArgName& name : arg->names) names.push_back(name.name.text);
  check_description(run, instruction.comments, names, "ARG");
}

}  // namespace

cf::StageNames check_stage_names(const RuleRun& run) {
  StageNameCheck check(run);
  std::vector<std::string> names;
  for (const cf::Stage& stage : run.facts.file.stages) names.push_back(check.check(stage));
  return cf::StageNames(std::move(names));
}

void check_descriptions(const RuleRun& run) {
  for (const cf::Instruction& arg : run.facts.file.global_args) check_arg_description(run, arg);
  for (const cf::Stage& stage : run.facts.file.stages) {
    if (stage.from.alias)
      check_description(run, stage.from.comments, {lower(stage.from.alias->text)}, "FROM");
    for (const cf::Instruction& instruction : stage.instructions)
      check_arg_description(run, instruction);
  }
}

}  // namespace modulah::validate
