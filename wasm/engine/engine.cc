// Loading Wasmtime, validating, and compiling with and without the cache.
#include "modulah/wasm/engine.h"

#include <system_error>

#include <dlfcn.h>

#include <fmt/format.h>

#include "modulah/base/error.h"

#include "code_file.h"
#include "spare_threads.h"
#include "state.h"
#include "words.h"
#include "worker_client.h"

namespace modulah::wasm {
namespace {

using wasmtime::Api;
using wasmtime::ByteVec;
using wasmtime::Component;
using wasmtime::Failure;
using wasmtime::Module;

/// Up to this size a module is validated in this process, in bytes. It takes a second for 100 MB of
/// honest code, and six seconds for each MB of jump tables into blocks with 1,000 results.
constexpr std::size_t kValidatedHere = std::size_t{8} << 20U;

/// The empty module: the preamble and nothing else.
constexpr std::uint8_t kEmptyModule[] = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};

/// Whether to ask the loader for it: it searches for a plain name itself; a path must exist.
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
  // The validator's message is plainer than the compiler's.
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

/// The code, or null when Wasmtime refuses it (another processor, other settings).
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

/// Compiles in this process, with the engine for that.
std::shared_ptr<CompiledModule::State> compile_here(const Engine::State& engine,
                                                    std::span<const std::byte> bytes,
                                                    std::string_view name) {
  const BinaryKind kind = kind_of_binary(bytes, name);
  engine.require_version();
  if (kind == BinaryKind::module)
    return std::make_shared<CompiledModule::State>(engine.api, compile_module(engine, bytes, name));
  return std::make_shared<CompiledModule::State>(engine.api,
                                                 compile_component(engine, bytes, name));
}

/// The file that was loaded. The worker has no environment, so the system's loader would not look
/// in LD_LIBRARY_PATH for it.
std::string loaded_file(const Engine::State& engine) {
  Dl_info info{};
  const auto* inside = reinterpret_cast<const void*>(engine.api->module_new);
  if (dladdr(inside, &info) != 0 && info.dli_fname != nullptr) return info.dli_fname;
  return engine.library.native();
}

CompileRequest request_of(const Engine::State& engine, WorkerTask task, std::string_view name) {
  return {task, engine.interruption, engine.cores, loaded_file(engine), std::string(name)};
}

/// The code for the engine that runs it, when another one compiled it.
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

/// Keys are file names; a key that is not a plain name is a caller's mistake.
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
                            : fmt::format("no Wasmtime library found; looked for {}", tried),
              fmt::format("Install the C API library of Wasmtime {}.x, or use another engine.",
                          kWasmtimeMajor));
}

const std::filesystem::path& Engine::library() const noexcept { return state_->library; }

void Engine::compile_in(CompileWorker worker) { worker_ = std::move(worker); }

void Engine::validate(std::span<const std::byte> bytes, std::string_view name) const {
  const BinaryKind kind = kind_of_binary(bytes, name);
  const bool may_take_long = kind == BinaryKind::component || bytes.size() > kValidatedHere;
  if (may_take_long && !worker_.command.empty()) {
    (void)ask_worker(worker_, request_of(*state_, WorkerTask::validate, name), bytes);
    return;
  }
  state_->require_version();
  if (kind == BinaryKind::component) {
    (void)compile_component(*state_, bytes, name);
    return;
  }
  Failure* failure = state_->api->module_validate(state_->compiler(), data_of(bytes), bytes.size());
  if (failure != nullptr) throw_invalid(take_message(*state_->api, failure), name);
}

std::string Engine::compile_code(std::span<const std::byte> bytes, std::string_view name) const {
  return serialize(*compile_here(*state_, bytes, name));
}

/// A module, with the code that a cache keeps when it was wanted or came from the worker.
struct Engine::Compiled {
  std::shared_ptr<CompiledModule::State> state;
  WorkerCode made;

  [[nodiscard]] std::span<const std::byte> code() const {
    return as_bytes(made.text).subspan(made.code_at);
  }
};

Engine::Compiled Engine::compile_anywhere(std::span<const std::byte> bytes, std::string_view name,
                                          bool is_code_wanted) const {
  const BinaryKind kind = kind_of_binary(bytes, name);
  if (worker_.command.empty()) {
    auto code = compile_here(*state_, bytes, name);
    std::string text = is_code_wanted ? serialize(*code) : std::string();
    return {moved_home(*state_, std::move(code)), {std::move(text), 0}};
  }
  Compiled compiled{nullptr,
                    ask_worker(worker_, request_of(*state_, WorkerTask::compile, name), bytes)};
  compiled.state = deserialize(*state_, kind, compiled.code());
  if (!compiled.state) throw Error(ErrorKind::io, "Wasmtime refuses the code that it has compiled");
  return compiled;
}

CompiledModule Engine::compile(std::span<const std::byte> bytes, std::string_view name) const {
  return CompiledModule(compile_anywhere(bytes, name, false).state);
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
  Compiled compiled = compile_anywhere(as_bytes(bytes), name, true);
  CompiledModule module(std::move(compiled.state));
  try {
    if (make_private_directory(cache.directory))
      write_code_file(path, module.kind(), compiled.code());
  } catch (const Error&) {
    // This run has its code; the next one compiles again.
  }
  return module;
}

GuestResult Engine::run(const CompiledModule& module, const GuestOptions& options,
                        std::string_view name) const {
  return run_guest(*state_, *module.state_, options, name);
}

}  // namespace modulah::wasm
