// What the worker is asked and what it answers: one line of JSON, then the module's bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/error.h"
#include "modulah/wasm/features.h"
#include "modulah/wasm/optimizer.h"

namespace modulah::wasm {

enum class Task : std::uint8_t { find, validate, optimize };

struct WorkerRequest {
  Task task = Task::find;
  std::vector<std::filesystem::path> libraries;
  FeatureSet used_features;  ///< Without these the module cannot be read.
  FeatureSet features;       ///< These and what the module declares.
  OptimizeLevel level = OptimizeLevel::o2;
  bool has_names = false;
};

/// How the worker came to its end, when it did by itself.
enum class Outcome : std::uint8_t {
  done,
  no_library,  ///< `message` and `hint` say what is wrong; so in the next two.
  no_binaryen,
  lacks_features,
  not_valid,  ///< Binaryen's validator refused the module; its words are on stderr.
  broke_it,   ///< The module was valid before optimizing and is not afterwards.
};

struct WorkerReply {
  Outcome outcome = Outcome::done;
  std::string message;
  std::string hint;
  BinaryenInfo binaryen;
};

/// The line, which the module's bytes follow.
[[nodiscard]] std::string encode(const WorkerRequest& request);
[[nodiscard]] std::string encode(const WorkerReply& reply);
/// Reads the line off the front of `text`, which is the bytes afterwards. Throws Error invalid.
[[nodiscard]] WorkerRequest decode_request(std::string_view& text);
[[nodiscard]] WorkerReply decode_reply(std::string_view& text);

}  // namespace modulah::wasm
