// Runs a guest: a store with its WASI view, an instance in it, and one call.
//
// A guest ends in one of three ways, two of which Wasmtime reports as errors: it returns (status
// 0), it calls proc_exit (an error with an exit status, also for 0), or it traps.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"
#include "modulah/wasm/demangle.h"

#include "commands.h"
#include "state.h"
#include "wasi.h"
#include "watchdog.h"
#include "words.h"

namespace modulah::wasm {
namespace {

using wasmtime::Api;
using wasmtime::Failure;
using wasmtime::FrameVec;
using wasmtime::TrapHandle;

/// "app.wasm!main (byte 0x1f2)", innermost first; `frames` is deleted.
std::vector<std::string> take_frames(const Api& api, FrameVec& frames) {
  std::vector<std::string> lines;
  for (const wasmtime::Frame* frame : std::span(frames.data, frames.size)) {
    const std::string_view module = view_of(api.frame_module_name(frame));
    const std::string_view function = view_of(api.frame_func_name(frame));
    std::string line;
    if (!module.empty()) line = fmt::format("{}!", module);
    line += function.empty() ? fmt::format("function {}", api.frame_func_index(frame))
                             : demangle(function);
    const std::size_t offset = api.frame_module_offset(frame);
    if (offset != std::numeric_limits<std::size_t>::max())
      line += fmt::format(" (byte {:#x})", offset);
    lines.push_back(std::move(line));
  }
  api.frame_vec_delete(&frames);
  return lines;
}

GuestResult ended_from_outside(Trap::Cause cause, std::chrono::milliseconds max_time) {
  if (cause == Trap::Cause::stopped)
    return {kStoppedExitStatus, Trap{cause, "stopped as asked", {}}};
  return {kTimeoutExitStatus,
          Trap{cause, fmt::format("timed out after {} ms", max_time.count()), {}}};
}

/// Limits the store. An element of a table takes 8 bytes of the host's memory.
void limit(const Api& api, wasmtime::Store* store, std::uint64_t max_bytes, BinaryKind kind) {
  constexpr std::uint64_t kMostElements = 10'000'000;
  constexpr std::uint64_t kLeastElements = 10'000;
  constexpr std::uint64_t kBytesPerElement = 64;  // Of memory: a table takes at most 1/8 of it.
  constexpr std::uint64_t kMostBytes = std::numeric_limits<std::int64_t>::max();
  if (max_bytes == 0) return;
  const std::uint64_t elements =
      std::clamp(max_bytes / kBytesPerElement, kLeastElements, kMostElements);
  // A component consists of several modules.
  const bool is_module = kind == BinaryKind::module;
  const std::int64_t instances = is_module ? 1 : 1'000;
  const std::int64_t tables = is_module ? 16 : 128;
  const std::int64_t memories = is_module ? 8 : 64;
  api.store_limiter(store, static_cast<std::int64_t>(std::min(max_bytes, kMostBytes)),
                    static_cast<std::int64_t>(elements), instances, tables, memories);
}

}  // namespace

std::string Trap::trace() const {
  // For endless recursion: where it began, and where it was when the stack overflowed.
  constexpr std::size_t kInnermost = 30;
  constexpr std::size_t kOutermost = 10;
  std::string lines;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (!lines.empty()) lines += '\n';
    if (i == kInnermost && frames.size() > kInnermost + kOutermost + 1) {
      const std::size_t skipped = frames.size() - kInnermost - kOutermost;
      lines += fmt::format("    … {} more", skipped);
      i += skipped - 1;
      continue;
    }
    // The names of functions come from the module: each stays on one line, whatever it contains.
    lines += fmt::format("    at {}", printable(frames[i]));
  }
  return lines;
}

std::string Trap::text() const { return frames.empty() ? message : message + "\n" + trace(); }

GuestResult result_of(const Api& api, Failure* failure, TrapHandle* trap) {
  if (failure == nullptr && trap == nullptr) return {};
  Trap told;
  FrameVec frames;
  if (failure != nullptr) {
    int status = 0;
    if (api.error_exit_status(failure, &status)) {
      api.error_delete(failure);
      return {status, std::nullopt};
    }
    api.error_wasm_trace(failure, &frames);
    told.frames = take_frames(api, frames);
    told.message = words_of(take_message(api, failure)).text;
  } else {
    wasmtime::ByteVec message;
    api.trap_message(trap, &message);
    told.message = words_of(view_of(&message)).text;
    api.wasm_byte_vec_delete(&message);
    api.trap_trace(trap, &frames);
    told.frames = take_frames(api, frames);
    api.trap_delete(trap);
  }
  return {kTrapExitStatus, std::move(told)};
}

GuestResult run_guest(const Engine::State& engine, const CompiledModule::State& code,
                      const GuestOptions& options, std::string_view name) {
  const bool is_watched = options.max_time.count() > 0 || options.stop.stop_possible();
  if (is_watched && engine.interruption == Interruption::none)
    throw Error(ErrorKind::usage,
                "a guest can only be stopped by an engine with Interruption::epoch");
  engine.require_guest_threads(options.io_threads);
  const Api& api = *engine.api;
  GuestOutput output;
  GuestOutput error_output;
  Owned<wasmtime::WasiConfig> wasi = make_wasi(api, options, output, error_output, name);

  Owned<wasmtime::Store> store(api.store_new(engine.engine.get(), nullptr, nullptr),
                               api.store_delete);
  limit(api, store.get(), options.max_memory_bytes,
        code.module ? BinaryKind::module : BinaryKind::component);
  wasmtime::Context* context = api.store_context(store.get());
  if (Failure* failure = api.context_set_wasi(context, wasi.release()))
    throw Error(ErrorKind::io,
                fmt::format("{}: {}", name, words_of(take_message(api, failure)).text));

  std::optional<Watchdog> watchdog;
  if (engine.interruption == Interruption::epoch)
    watchdog.emplace(api, engine.engine.get(), store.get(), options);
  const Call call{engine, context, options, name};
  GuestResult result =
      code.module ? run_module(call, code.module.get()) : run_component(call, code.component.get());
  if (result.trap && watchdog)
    if (const auto cause = watchdog->cause()) result = ended_from_outside(*cause, options.max_time);
  store.reset();  // Before the watchdog and the outputs it refers to.
  for (const GuestOutput* stream : {&output, &error_output})
    if (stream->failure) std::rethrow_exception(stream->failure);
  return result;
}

}  // namespace modulah::wasm
