// The two kinds of command that can be run: a module's `_start` and a component's wasi:cli/run.
#pragma once

#include <string_view>

#include "state.h"

namespace modulah::wasm {

/// One run of a guest, ready to be instantiated.
struct Call {
  const Engine::State& engine;
  wasmtime::Context* context;
  const GuestOptions& options;
  std::string_view name;
};

/// Both throw Error as Engine::run does.
[[nodiscard]] GuestResult run_module(const Call& call, const wasmtime::Module* module);
[[nodiscard]] GuestResult run_component(const Call& call, const wasmtime::Component* component);

/// How a guest ended whose call came back with `failure` or `trap`, which are deleted; both null
/// when it returned.
[[nodiscard]] GuestResult result_of(const wasmtime::Api& api, wasmtime::Failure* failure,
                                    wasmtime::TrapHandle* trap);

}  // namespace modulah::wasm
