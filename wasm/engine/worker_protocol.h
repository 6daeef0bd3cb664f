// The messages between an Engine and the compile worker. Both sides are this program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/wasm/engine.h"

namespace modulah::wasm {

enum class WorkerTask : std::uint8_t { validate, compile };

struct CompileRequest {
  WorkerTask task = WorkerTask::compile;
  Interruption interruption = Interruption::none;
  Cores cores = Cores::all;
  std::string library;  ///< A path, or a plain name for the system's loader.
  std::string name;     ///< What messages call the module.
};

/// The header that the module's bytes follow.
[[nodiscard]] std::string encode(const CompileRequest& request);
/// Removes the header from `text`, which leaves the bytes. Throws Error io.
[[nodiscard]] CompileRequest decode_compile_request(std::string_view& text);

/// The answer before the code.
[[nodiscard]] std::string encode_done();
[[nodiscard]] std::string encode_failure(const Error& error);
/// Removes the answer's header from `text`, which leaves the code. Throws the Error that the worker
/// reported, or Error io for a malformed answer.
void decode_answer(std::string_view& text);

}  // namespace modulah::wasm
