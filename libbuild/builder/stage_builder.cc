// Step by step from an empty image to the stage's.
#include "stage_builder.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/human.h"
#include "modulah/containerfile/printer.h"

#include "finish.h"
#include "instructions/instructions.h"

namespace modulah::builder {

namespace {

/// Calls the `apply` that an instruction has; those that make a layer are not for it.
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
  // The plan refuses RUN; COPY and ADD have their own way.
  StageState operator()(const containerfile::Run&) { return std::move(state); }
  StageState operator()(const containerfile::Copy&) { return std::move(state); }
  StageState operator()(const containerfile::Add&) { return std::move(state); }
};

}  // namespace

StageBuilder::StageBuilder(const Plan& plan, const BuildRequest& request,
                           const oci::Platform& platform, GlobalScope& global,
                           const StageTools& tools)
    : plan_(plan),
      request_(request),
      global_(global),
      tools_(tools),
      created_(rfc3339(request.timestamp)) {
  state_.image.config.platform = platform;
  state_.image.config.created = created_;
}

StageState StageBuilder::run() {
  tools_.reporter.info(
      fmt::format("STEP 1/{}: {}", plan_.step_count(), containerfile::to_text(plan_.stage->from)));
  for (std::size_t i = 0; i < plan_.stage->instructions.size(); ++i) {
    if (request_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "the build was stopped");
    const containerfile::Instruction& instruction = plan_.stage->instructions[i];
    tools_.reporter.info(fmt::format("STEP {}/{}: {}", i + 2, plan_.step_count(),
                                     containerfile::to_text(instruction)));
    step(instruction);
  }
  make_wanted_directories();
  return std::move(state_);
}

void StageBuilder::step(const containerfile::Instruction& instruction) {
  // The state as it is before the step: `apply` works on a copy of it.
  const Words words(tools_.source, tools_.file.directives.escape,
                    [this](std::string_view name) { return state_.scope.find(name); });
  oci::HistoryEntry history;
  history.created = created_;
  history.created_by = containerfile::to_text(instruction);
  const auto make_layer = [&](const auto& value) {
    LayerPlan plan = plan_layer(state_, value, words, tools_.context, request_.timestamp);
    // Errors of making it, like those of a broken module, name the line as well.
    containerfile::with_place(tools_.source, instruction.span,
                              [&] { add_layer(std::move(plan), history, history.created_by); });
  };
  if (const auto* copy = std::get_if<containerfile::Copy>(&instruction.value)) {
    make_layer(*copy);
  } else if (const auto* add = std::get_if<containerfile::Add>(&instruction.value)) {
    make_layer(*add);
  } else {
    state_ = std::visit(ApplySetting{state_, words, global_}, instruction.value);
    state_.image = image::append_history(std::move(state_.image), std::move(history));
  }
}

void StageBuilder::add_layer(LayerPlan plan, const oci::HistoryEntry& history,
                             std::string_view what) {
  if (plan.empty()) {
    tools_.reporter.warning(fmt::format("{}: nothing is copied: all of it is excluded", what));
    state_.image = image::append_history(std::move(state_.image), history);
    return;
  }
  MadeLayer made = tools_.maker.make(std::move(plan), state_.image.layers);
  const oci::Descriptor& blob = made.record.layer.descriptor;
  tools_.reporter.info(fmt::format("--> {}layer {} ({})", made.is_cached ? "using cached " : "",
                                   blob.digest.short_hex(), human_size(blob.size)));
  if (made.is_cached) ++steps_cached_;
  const auto number = static_cast<unsigned>(state_.image.layers.size());
  state_.image = image::append_layer(std::move(state_.image), made.record.layer, history);
  state_.tree = std::move(made.tree);
  for (const std::string& module : made.record.modules) state_.modules[module] = number;
  state_.wanted_directories.clear();
}

void StageBuilder::make_wanted_directories() {
  if (state_.wanted_directories.empty()) return;
  LayerPlan plan = begin_plan(state_, request_.timestamp);
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
  add_layer(std::move(plan), workdir, workdir.created_by);
  for (oci::HistoryEntry& line : after) state_.image.config.history.push_back(std::move(line));
}

}  // namespace modulah::builder
