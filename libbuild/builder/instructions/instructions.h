// The instructions as functions: one file for each family.
//
// Those that only change the configuration give the next state; COPY and ADD give the plan of a
// layer, because making it needs the store. Errors have their place in front.
#pragma once

#include <cstdint>

#include "modulah/containerfile/ast.h"

#include "context.h"
#include "layer_plan.h"
#include "stage_state.h"
#include "words.h"

namespace modulah::builder {

// variables.cc
[[nodiscard]] StageState apply(StageState state, const containerfile::Env& env, const Words& words);
[[nodiscard]] StageState apply(StageState state, const containerfile::Arg& arg, const Words& words,
                               GlobalScope& global);
// command.cc
[[nodiscard]] StageState apply(StageState state, const containerfile::Cmd& cmd);
[[nodiscard]] StageState apply(StageState state, const containerfile::Entrypoint& entrypoint);
[[nodiscard]] StageState apply(StageState state, const containerfile::Shell& shell);
[[nodiscard]] StageState apply(StageState state, const containerfile::Healthcheck& healthcheck);
[[nodiscard]] StageState apply(StageState state, const containerfile::OnBuild& on_build);
// settings.cc
[[nodiscard]] StageState apply(StageState state, const containerfile::Label& label,
                               const Words& words);
[[nodiscard]] StageState apply(StageState state, const containerfile::User& user,
                               const Words& words);
[[nodiscard]] StageState apply(StageState state, const containerfile::Expose& expose,
                               const Words& words);
[[nodiscard]] StageState apply(StageState state, const containerfile::Volume& volume,
                               const Words& words);
[[nodiscard]] StageState apply(StageState state, const containerfile::StopSignal& signal,
                               const Words& words);
[[nodiscard]] StageState apply(StageState state, const containerfile::Maintainer& maintainer);
// workdir.cc
[[nodiscard]] StageState apply(StageState state, const containerfile::Workdir& workdir,
                               const Words& words);
// copy.cc
[[nodiscard]] LayerPlan plan_layer(const StageState& state, const containerfile::Copy& copy,
                                   const Words& words, const Context& context, std::int64_t mtime);
// add.cc
[[nodiscard]] LayerPlan plan_layer(const StageState& state, const containerfile::Add& add,
                                   const Words& words, const Context& context, std::int64_t mtime);

/// The plan of a layer on top of `state`, with the directories that WORKDIR wants.
[[nodiscard]] LayerPlan begin_plan(const StageState& state, std::int64_t mtime);
/// `path` as an absolute one in the image, seen from the working directory; normal, so without ".",
/// ".." and a slash at the end.
[[nodiscard]] std::string absolute_in_image(const StageState& state, std::string_view path);

}  // namespace modulah::builder
