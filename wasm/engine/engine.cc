// Loading Wasmtime, validating, and compiling with and without the cache.
#include "modulah/wasm/engine.h"

#include <system_error>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "code_file.h"
#include "spare_threads.h"
#include "state.h"
#include "words.h"

namespace modulah::wasm {
namespace {

using wasmtime::Api;
using wasmtime::ByteVec;
using wasmtime::Component;
using wasmtime::Failure;
using wasmtime::Module;

/// The empty module: the preamble and nothing else.
constexpr std::uint8_t kEmptyModule[] = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};

/// Whether the loader may be asked for it: a plain name it searches itself, a path must exist.
bool is_worth_loading(const std::filesystem::path& candidate) {
  std::error_code ignored;
  return !candidate.has_parent_path() || std::filesystem::exists(candidate, ignored);
}

/// Throws Error invalid for what Wasmtime says about `name`'s bytes.
[[noreturn]] void throw_invalid(std::string_view message, std::string_view name) {
  throw Error(ErrorKind::invalid, fmt::format("{}: {}", name, words_of(message).placed()));
}

Owned<Module> compile_module(const Engine::State& engine, std::span<const std::byte> bytes,
                             std::string_view name) {
  const Api& api = *engine.api;
  Module* module = nullptr;
  Failure* failure = api.module_new(engine.compiler(), data_of(bytes), bytes.size(), &module);
  if (failure == nullptr) return {module, api.module_delete};
  const std::string message = take_message(api, failure);
  // The validator's own words are plainer than the compiler's.
  failure = api.module_validate(engine.compiler(), data_of(bytes), bytes.size());
  if (failure != nullptr) throw_invalid(take_message(api, failure), name);
  throw Error(ErrorKind::unsupported,
              fmt::format("{}: cannot be compiled: {}", name, words_of(message).text));
}

Owned<Component> compile_component(const Engine::State& engine, std::span<const std::byte> bytes,
                                   std::string_view name) {
  const Api& api = *engine.api;
  Component* component = nullptr;
  Failure* failure = api.component_new(engine.compiler(), data_of(bytes), bytes.size(), &component);
  if (failure != nullptr) throw_invalid(take_message(api, failure), name);
  return {component, api.component_delete};
}

/// The code of a module or component for a file. Throws Error io, which should never be.
std::string serialize(const CompiledModule::State& code) {
  const Api& api = *code.api;
  ByteVec bytes;
  Failure* failure = code.module ? api.module_serialize(code.module.get(), &bytes)
                                 : api.component_serialize(code.component.get(), &bytes);
  if (failure != nullptr)
    throw Error(ErrorKind::io, "compiled code cannot be serialized: " + take_message(api, failure));
  std::string text(bytes.data, bytes.size);
  api.wasm_byte_vec_delete(&bytes);
  return text;
}

/// The code, or null when Wasmtime will not have it (another processor, other settings).
std::shared_ptr<CompiledModule::State> deserialize(const Engine::State& engine, BinaryKind kind,
                                                   std::span<const std::byte> code) {
  const Api& api = *engine.api;
  Module* module = nullptr;
  Component* component = nullptr;
  Failure* failure =
      kind == BinaryKind::module
          ? api.module_deserialize(engine.engine.get(), data_of(code), code.size(), &module)
          : api.component_deserialize(engine.engine.get(), data_of(code), code.size(), &component);
  if (failure != nullptr) {
    api.error_delete(failure);
    return nullptr;
  }
  return module != nullptr ? std::make_shared<CompiledModule::State>(
                                 engine.api, Owned<Module>(module, api.module_delete))
                           : std::make_shared<CompiledModule::State>(
                                 engine.api, Owned<Component>(component, api.component_delete));
}

/// The code for the engine that runs it, when another one has compiled it.
std::shared_ptr<CompiledModule::State> moved_home(const Engine::State& engine,
                                                  std::shared_ptr<CompiledModule::State> compiled) {
  if (engine.compiler() == engine.engine.get()) return compiled;
  const BinaryKind kind = compiled->module ? BinaryKind::module : BinaryKind::component;
  auto code = deserialize(engine, kind, as_bytes(serialize(*compiled)));
  if (!code) throw Error(ErrorKind::io, "Wasmtime refuses the code that it has compiled");
  return code;
}

wasmtime::EngineHandle* make_engine(const Api& api, Interruption interruption, Cores cores,
                                    const std::filesystem::path& library) {
  wasmtime::Config* config = api.wasm_config_new();
  api.config_wasm_component_model_set(config, true);
  api.config_parallel_compilation_set(config, cores == Cores::all);
  api.config_epoch_interruption_set(config, interruption == Interruption::epoch);
  wasmtime::EngineHandle* engine = api.wasm_engine_new_with_config(config);
  if (engine == nullptr)
    throw Error(ErrorKind::unsupported,
                fmt::format("\"{}\" cannot make an engine on this machine", library.native()));
  return engine;
}

std::filesystem::path path_in(const CodeCache& cache, Interruption interruption) {
  return cache.directory / fmt::format("{}.wasmtime{}{}", cache.key, kWasmtimeMajor,
                                       interruption == Interruption::epoch ? ".epoch" : "");
}

/// Keys are file names; whatever could be more than that is a caller's mistake.
void require_key(std::string_view key) {
  constexpr std::string_view kAllowed = "0123456789abcdefghijklmnopqrstuvwxyz._-";
  if (key.empty() || key.size() > 200 || key.front() == '.' ||
      key.find_first_not_of(kAllowed) != std::string_view::npos)
    throw Error(ErrorKind::usage,
                fmt::format("code cache key \"{}\" is not 1 to 200 of [0-9a-z._-]", key));
}

}  // namespace

wasmtime::EngineHandle* Engine::State::compiler() const {
  std::call_once(is_compiler_chosen_, [this] {
    if (cores == Cores::all && !can_start_threads(threads_for_compiling()))
      one_core_engine_.reset(make_engine(*api, interruption, Cores::one, library));
  });
  return one_core_engine_ ? one_core_engine_.get() : engine.get();
}

void Engine::State::require_guest_threads(unsigned workers) const {
  std::call_once(are_threads_checked_, [workers] {
    const unsigned count = threads_for_guest(workers);
    if (!can_start_threads(count))
      throw Error(ErrorKind::io,
                  fmt::format("the system refuses the {} threads that a guest needs", count),
                  "Allow more of them: see 'ulimit -u', or the limit on processes of the "
                  "container.");
  });
}

void Engine::State::require_version() const {
  if (api->is_named_after_version) return;
  std::call_once(is_version_checked_, [this] {
    Module* module = nullptr;
    Failure* failure = api->module_new(compiler(), kEmptyModule, sizeof kEmptyModule, &module);
    unsigned found = 0;
    if (failure != nullptr) {
      api->error_delete(failure);
    } else {
      const Owned<Module> owner(module, api->module_delete);
      ByteVec bytes;
      if (Failure* refused = api->module_serialize(module, &bytes)) {
        api->error_delete(refused);
      } else {
        found = wasmtime::version_of_artifact(std::as_bytes(std::span(bytes.data, bytes.size)));
        api->wasm_byte_vec_delete(&bytes);
      }
    }
    if (found != kWasmtimeMajor)
      throw Error(ErrorKind::unsupported,
                  found == 0 ? fmt::format("\"{}\" does not say which version of Wasmtime it is",
                                           library.native())
                             : fmt::format("\"{}\" is Wasmtime {}, not {}", library.native(), found,
                                           kWasmtimeMajor),
                  fmt::format("Use the C API library of Wasmtime {}.", kWasmtimeMajor));
  });
}

CompiledModule::CompiledModule(std::shared_ptr<const State> state) : state_(std::move(state)) {}
CompiledModule::~CompiledModule() = default;
CompiledModule::CompiledModule(const CompiledModule&) = default;
CompiledModule& CompiledModule::operator=(const CompiledModule&) = default;
CompiledModule::CompiledModule(CompiledModule&&) noexcept = default;
CompiledModule& CompiledModule::operator=(CompiledModule&&) noexcept = default;

BinaryKind CompiledModule::kind() const noexcept {
  return state_->module ? BinaryKind::module : BinaryKind::component;
}
bool CompiledModule::is_from_cache() const noexcept { return state_->is_from_cache; }

Engine::Engine(std::shared_ptr<const State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Engine Engine::load(std::span<const std::filesystem::path> candidates, Interruption interruption,
                    Cores cores) {
  std::string tried;
  for (const std::filesystem::path& candidate : candidates) {
    if (!tried.empty()) tried += ", ";
    tried += candidate.native();
    if (!is_worth_loading(candidate)) continue;
    std::shared_ptr<const Api> api;
    try {
      api = wasmtime::load_api(candidate);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      continue;  // The system's loader does not know this name.
    }
    wasmtime::EngineHandle* engine = make_engine(*api, interruption, cores, candidate);
    return Engine(std::make_shared<State>(std::move(api), engine, candidate, interruption, cores));
  }
  throw Error(ErrorKind::not_found,
              tried.empty() ? std::string("no Wasmtime library was given")
                            : fmt::format("no Wasmtime library is there; looked for {}", tried),
              fmt::format("Install the C API library of Wasmtime {}.x, or use another engine.",
                          kWasmtimeMajor));
}

const std::filesystem::path& Engine::library() const noexcept { return state_->library; }

void Engine::validate(std::span<const std::byte> bytes, std::string_view name) const {
  const BinaryKind kind = kind_of_binary(bytes, name);
  state_->require_version();
  if (kind == BinaryKind::component) {
    (void)compile_component(*state_, bytes, name);
    return;
  }
  Failure* failure = state_->api->module_validate(state_->compiler(), data_of(bytes), bytes.size());
  if (failure != nullptr) throw_invalid(take_message(*state_->api, failure), name);
}

CompiledModule Engine::compile(std::span<const std::byte> bytes, std::string_view name) const {
  const BinaryKind kind = kind_of_binary(bytes, name);
  state_->require_version();
  auto code = kind == BinaryKind::module
                  ? std::make_shared<CompiledModule::State>(state_->api,
                                                            compile_module(*state_, bytes, name))
                  : std::make_shared<CompiledModule::State>(
                        state_->api, compile_component(*state_, bytes, name));
  return CompiledModule(moved_home(*state_, std::move(code)));
}

CompiledModule Engine::compile(const CodeCache& cache,
                               const std::function<std::string()>& read_bytes,
                               std::string_view name) const {
  require_key(cache.key);
  const std::filesystem::path path = path_in(cache, state_->interruption);
  if (is_private_directory(cache.directory))
    if (const auto file = read_code_file(path))
      if (auto state = deserialize(*state_, file->kind(), file->code())) {
        state->is_from_cache = true;
        note_use(path);
        return CompiledModule(std::move(state));
      }
  const std::string bytes = read_bytes();
  CompiledModule module = compile(as_bytes(bytes), name);
  try {
    if (make_private_directory(cache.directory))
      write_code_file(path, module.kind(), as_bytes(serialize(*module.state_)));
  } catch (const Error&) {
    // The code is there; that the next run has to compile again stops nobody.
  }
  return module;
}

GuestResult Engine::run(const CompiledModule& module, const GuestOptions& options,
                        std::string_view name) const {
  return run_guest(*state_, *module.state_, options, name);
}

}  // namespace modulah::wasm
