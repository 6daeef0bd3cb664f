// CMD, ENTRYPOINT and HEALTHCHECK, and legacy forms of instructions.
#include <map>
#include <string>

#include <fmt/format.h>

#include "rule_run.h"

namespace modulah::validate {

namespace {

namespace cf = containerfile;

/// What is known of the shell of a stage.
struct Shell {
  bool is_chosen = false;     ///< By a SHELL instruction: shell form is intended.
  bool may_be_there = false;  ///< What ADD unpacks may have one.
};

/// Looks at the instructions of one stage.
class StageCommands {
 public:
  /// `shell` is what the stage inherits from its base.
  StageCommands(const RuleRun& run, const StageBase& base, Shell shell)
      : run_(run), base_(base), shell_(shell) {}

  [[nodiscard]] Shell shell() const { return shell_; }

  void look_at(const cf::Instruction& instruction) {
    instruction_ = &instruction;
    std::visit(*this, instruction.value);
  }

  void operator()(const cf::Cmd& cmd) { check_command(cmd.command, "CMD"); }
  void operator()(const cf::Entrypoint& entry) { check_command(entry.command, "ENTRYPOINT"); }
  void operator()(const cf::Healthcheck&) { count("HEALTHCHECK"); }
  void operator()(const cf::Shell&) { shell_.is_chosen = true; }
  void operator()(const cf::Add&) { shell_.may_be_there = true; }
  void operator()(const cf::Env& env) { check_legacy(env.is_legacy, env.pairs, "ENV"); }
  void operator()(const cf::Label& label) { check_legacy(label.is_legacy, label.pairs, "LABEL"); }
  void operator()(const cf::Maintainer& maintainer) {
    run_.add(
        RuleId::maintainer_deprecated, instruction_->span, "MAINTAINER is deprecated",
        fmt::format("Write LABEL org.opencontainers.image.authors=\"{}\".", maintainer.name.text));
  }
  template <typename Other>
  void operator()(const Other&) {}

 private:
  /// Only the last one of a kind is used, so the earlier one is reported.
  void count(const std::string& keyword) {
    const cf::Instruction*& earlier = last_[keyword];
    if (earlier != nullptr)
      run_.add(RuleId::multiple_instructions_disallowed, earlier->span,
               fmt::format("this {0} has no effect: only the last {0} of a stage is used, the one "
                           "on line {1}",
                           keyword, instruction_->span.line),
               "Remove it.");
    earlier = instruction_;
  }

  void check_command(const cf::CommandForm& command, const std::string& keyword) {
    count(keyword);
    if (!command.is_shell || command.args.empty()) return;
    if (command.is_broken_json) {
      add_broken_json(command, keyword);
      return;
    }
    if (shell_.is_chosen) return;
    const std::string hint = fmt::format(
        "Write it as a JSON list, for example {} [\"/app.wasm\", \"argument\"].", keyword);
    // Nobody copies a shell into an image for Wasm with COPY.
    if (base_.is_on_scratch && !shell_.may_be_there)
      run_.add(RuleId::shell_form, instruction_->span,
               fmt::format("{} is in shell form, and an image from scratch has no shell", keyword),
               hint);
    else
      run_.add(
          RuleId::json_args_recommended, instruction_->span,
          fmt::format("{} is in shell form: /bin/sh runs it and does not pass on signals", keyword),
          hint);
  }

  void add_broken_json(const cf::CommandForm& command, const std::string& keyword) {
    run_.add(RuleId::invalid_json_form, command.span.line != 0 ? command.span : instruction_->span,
             fmt::format("{} begins with \"[\" but is not a JSON list of strings, so it is treated "
                         "as shell form",
                         keyword),
             "Put each word in double quotes, separated by commas, with none after the last.");
  }

  void check_legacy(bool is_legacy, const std::vector<cf::Pair>& pairs, std::string_view keyword) {
    if (!is_legacy || pairs.empty()) return;
    run_.add(RuleId::legacy_key_value_format, instruction_->span,
             fmt::format("{} uses the legacy format without \"=\"", keyword),
             fmt::format("Write {} {}=\"{}\".", keyword, pairs.front().name.text,
                         pairs.front().value.text));
  }

  const RuleRun& run_;
  const StageBase& base_;
  const cf::Instruction* instruction_ = nullptr;
  std::map<std::string, const cf::Instruction*> last_;
  Shell shell_;
};

}  // namespace

void check_commands(const RuleRun& run, const std::vector<StageBase>& bases) {
  const std::vector<cf::Stage>& stages = run.facts.file.stages;
  std::vector<Shell> shells;  // At the end of each stage.
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const bool is_on_stage = bases[i].kind == StageBase::Kind::stage;
    StageCommands commands(run, bases[i], is_on_stage ? shells[bases[i].stage] : Shell{});
    for (const cf::Instruction& instruction : stages[i].instructions) commands.look_at(instruction);
    shells.push_back(commands.shell());
  }
}

}  // namespace modulah::validate
