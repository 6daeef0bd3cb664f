// The real Wasmtime for tests, and its own text format to write modules in.
#pragma once

#include <array>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <signal.h>

#include "modulah/wasm/engine.h"

#include "modulah_test/catch.h"
#include "modulah_test/paths.h"
#include "scratch.h"

namespace modulah::wasm::test {

inline const std::array<std::filesystem::path, 1> kLibrary = {modulah::test::wasmtime_library()};

/// False when the build has no Wasmtime: the running test is then noted as skipped, and returns.
inline bool is_wasmtime_here() { return modulah::test::has_wasmtime(); }

/// Wasmtime's handlers of the signals that traps are told by. Catch2 sets its own for each test,
/// Wasmtime only once in a process; so a test that runs guests puts Wasmtime's back.
class TrapHandlers {
 public:
  TrapHandlers() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], nullptr, &actions_[i]);
  }
  void install() const {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &actions_[i], nullptr);
  }

 private:
  static constexpr std::array kSignals = {SIGSEGV, SIGILL, SIGFPE, SIGBUS};
  std::array<struct sigaction, kSignals.size()> actions_{};
};

/// An engine that lives as long as the program, ready to run guests in this test.
inline const Engine& engine(Interruption interruption = Interruption::none) {
  static const Engine plain = Engine::load(kLibrary);
  static const TrapHandlers handlers;
  static const Engine interruptible = Engine::load(kLibrary, Interruption::epoch);
  handlers.install();
  return interruption == Interruption::none ? plain : interruptible;
}

/// The binary of a module or component in the text format.
inline std::string binary_of(std::string_view text) {
  struct Vec {
    std::size_t size;
    char* data;
  };
  void* library = dlopen(kLibrary[0].c_str(), RTLD_LAZY | RTLD_NODELETE);
  using Convert = void* (*)(const char*, std::size_t, Vec*);
  const auto convert = reinterpret_cast<Convert>(dlsym(library, "wasmtime_wat2wasm"));
  const auto release = reinterpret_cast<void (*)(Vec*)>(dlsym(library, "wasm_byte_vec_delete"));
  dlclose(library);
  Vec vec{};
  if (convert(text.data(), text.size(), &vec) != nullptr)
    throw std::logic_error("the test's module is malformed: " + std::string(text));
  std::string binary(vec.data, vec.size);
  release(&vec);
  return binary;
}

using modulah::test::Scratch;

}  // namespace modulah::wasm::test
