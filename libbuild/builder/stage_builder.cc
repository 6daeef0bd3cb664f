// Step by step from an empty image to the stage's.
#include "stage_builder.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/human.h"
#include "modulah/containerfile/printer.h"
#include "modulah/validate/image.h"
#include "modulah/validate/module.h"

#include "finish.h"
#include "instructions/instructions.h"

namespace modulah::builder {

namespace {

/// Calls the `apply` of an instruction that makes no layer.
struct ApplySetting {
  StageState state;
  const Words& words;
  GlobalScope& global;

  StageState operator()(const containerfile::Arg& arg) {
    return apply(std::move(state), arg, words, global);
  }
  template <typename Value>
  StageState operator()(const Value& value) {
    if constexpr (requires { apply(std::move(state), value, words); })
      return apply(std::move(state), value, words);
    else
      return apply(std::move(state), value);
  }
  // RUN is not supported, which the plan says; COPY and ADD make layers.
  StageState operator()(const containerfile::Run&) { return std::move(state); }
  StageState operator()(const containerfile::Copy&) { return std::move(state); }
  StageState operator()(const containerfile::Add&) { return std::move(state); }
};

}  // namespace

StageBuilder::StageBuilder(const Plan& plan, const oci::Platform& platform, GlobalScope& global,
                           const StageTools& tools)
    : plan_(plan),
      request_(tools.input.request),
      global_(global),
      tools_(tools),
      time_(tools.input.build_time(global)),
      created_(rfc3339(time_)) {
  state_.image.config.platform = plan.platform.value_or(platform);
  state_.image.config.created = created_;
}

StageState StageBuilder::run() {
  const std::string platform = tools_.input.platforms().size() > 1
                                   ? fmt::format(" [{}]", state_.image.config.platform.text())
                                   : "";
  const auto tell = [&](std::size_t number, const std::string& text) {
    tools_.reporter.info(
        fmt::format("STEP {}/{}{}: {}", number, plan_.step_count(), platform, text));
  };
  tell(1, containerfile::to_text(plan_.stage->from));
  for (std::size_t i = 0; i < plan_.stage->instructions.size(); ++i) {
    if (request_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "the build was stopped");
    const containerfile::Instruction& instruction = plan_.stage->instructions[i];
    tell(i + 2, containerfile::to_text(instruction));
    run_step(instruction);
  }
  make_wanted_directories();
  return std::move(state_);
}

void StageBuilder::run_step(const containerfile::Instruction& instruction) {
  if (tools_.errors == nullptr) {
    step(instruction);
    return;
  }
  try {
    step(instruction);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    tools_.errors->push_back(error);
  }
}

void StageBuilder::step(const containerfile::Instruction& instruction) {
  // The state as it is before the step: `apply` works on a copy of it.
  const Words words(tools_.input.source, tools_.input.file.directives.escape,
                    [this](std::string_view name) { return state_.scope.find(name); });
  oci::HistoryEntry history;
  history.created = created_;
  history.created_by = containerfile::to_text(instruction);
  const auto make_layer = [&](const auto& value) {
    LayerPlan plan = plan_layer(state_, value, words, tools_.context, time_);
    // Errors of making it, like those of a broken module, name the line as well.
    containerfile::with_place(tools_.input.source, instruction.span, [&] {
      add_layer(std::move(plan), history, history.created_by, instruction.span);
    });
  };
  if (const auto* copy = std::get_if<containerfile::Copy>(&instruction.value)) {
    make_layer(*copy);
  } else if (const auto* add = std::get_if<containerfile::Add>(&instruction.value)) {
    make_layer(*add);
  } else {
    state_ = std::visit(ApplySetting{state_, words, global_}, instruction.value);
    state_.image = image::append_history(std::move(state_.image), std::move(history));
    note_place(instruction);
  }
}

void StageBuilder::note_place(const containerfile::Instruction& instruction) {
  const auto place_of = [&](const containerfile::CommandForm& command) {
    return command.span.line != 0 ? command.span : instruction.span;
  };
  if (const auto* cmd = std::get_if<containerfile::Cmd>(&instruction.value))
    state_.command = place_of(cmd->command);
  else if (const auto* entry = std::get_if<containerfile::Entrypoint>(&instruction.value))
    state_.entrypoint = place_of(entry->command);
}

void StageBuilder::add_layer(LayerPlan plan, const oci::HistoryEntry& history,
                             std::string_view what, const containerfile::Span& span) {
  if (plan.empty()) {
    tools_.reporter.warning(fmt::format("{}: nothing is copied: all of it is excluded", what));
    state_.image = image::append_history(std::move(state_.image), history);
    return;
  }
  MadeLayer made = tools_.layers.make(std::move(plan), state_.image.layers);
  const oci::Descriptor& blob = made.layer.descriptor;
  tools_.reporter.info(fmt::format("--> {}layer {} ({})", made.is_cached ? "using cached " : "",
                                   blob.digest.short_hex(), human_size(blob.size)));
  const auto number = static_cast<unsigned>(state_.image.layers.size());
  if (made.is_cached) {
    ++steps_cached_;
    state_.cached_layers.insert(number);
  }
  state_.image = image::append_layer(std::move(state_.image), made.layer, history);
  state_.tree = std::move(made.tree);
  note_files(made.files, span);
  for (auto& [path, file] : made.files) state_.known_files[path] = {number, std::move(file)};
  state_.wanted_directories.clear();
}

/// One finding for each rule and instruction is enough: a directory may have hundreds of such
/// files.
void StageBuilder::note_files(const KnownFiles& files, const containerfile::Span& span) {
  const oci::Platform& platform = state_.image.config.platform;
  if (!validate::is_for_wasm(platform)) return;
  std::vector<validate::Finding> found;
  for (const auto& [path, file] : files)
    for (validate::Finding& finding :
         validate::check_copied_file(file.kind, "/" + path, tools_.input.source.name(), span)) {
      const bool is_said = std::any_of(found.begin(), found.end(), [&](const auto& other) {
        return other.rule == finding.rule;
      });
      if (!is_said) found.push_back(std::move(finding));
    }
  std::move(found.begin(), found.end(), std::back_inserter(findings_));
}

void StageBuilder::make_wanted_directories() {
  if (state_.wanted_directories.empty()) return;
  LayerPlan plan = begin_plan(state_, time_);
  if (plan.empty()) return;
  // The layer is that of the last WORKDIR, whose line of history is there already. No layer came
  // after it, or the directory would have been in that one.
  std::vector<oci::HistoryEntry>& lines = state_.image.config.history;
  std::vector<oci::HistoryEntry> after;
  while (!lines.back().created_by.starts_with("WORKDIR")) {
    after.insert(after.begin(), std::move(lines.back()));
    lines.pop_back();
  }
  const oci::HistoryEntry workdir = std::move(lines.back());
  lines.pop_back();
  add_layer(std::move(plan), workdir, workdir.created_by, {});
  for (oci::HistoryEntry& line : after) state_.image.config.history.push_back(std::move(line));
}

}  // namespace modulah::builder
