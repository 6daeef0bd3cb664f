// Passes the arguments, variables, streams and directories of a guest to Wasmtime.
#include "wasi.h"

#include <cerrno>
#include <map>
#include <vector>

#include <fcntl.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"

namespace modulah::wasm {
namespace {

using wasmtime::Api;
using wasmtime::WasiConfig;

/// Pointers to the texts, for the C API. Throws Error invalid when one contains a NUL.
std::vector<const char*> pointers_to(const std::vector<std::string>& texts, std::string_view what) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size());
  for (const std::string& text : texts) {
    if (text.find('\0') != std::string::npos)
      throw Error(ErrorKind::invalid, fmt::format("{} \"{}\" contains a NUL character", what,
                                                  text.substr(0, text.find('\0'))));
    pointers.push_back(text.c_str());
  }
  return pointers;
}

void set_args(const Api& api, WasiConfig* config, const std::vector<std::string>& args) {
  const std::vector<const char*> pointers = pointers_to(args, "argument");
  if (!api.wasi_config_set_argv(config, pointers.size(), pointers.data()))
    throw Error(ErrorKind::invalid, "an argument is not UTF-8, which WASI requires");
}

void set_environment(const Api& api, WasiConfig* config,
                     const std::vector<std::string>& variables) {
  std::vector<std::string> names;
  std::vector<std::string> values;
  std::map<std::string_view, std::size_t> places;
  for (const std::string& variable : variables) {
    const std::string_view text = variable;
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos)
      throw Error(ErrorKind::invalid, fmt::format("variable \"{}\" is not NAME=value", text));
    const auto [place, is_new] = places.emplace(text.substr(0, equals), names.size());
    if (is_new) {
      names.emplace_back(text.substr(0, equals));
      values.emplace_back();
    }
    values[place->second] = text.substr(equals + 1);
  }
  const std::vector<const char*> name_pointers = pointers_to(names, "variable");
  const std::vector<const char*> value_pointers = pointers_to(values, "the value of a variable");
  if (!api.wasi_config_set_env(config, names.size(), name_pointers.data(), value_pointers.data()))
    throw Error(ErrorKind::invalid, "a variable is not UTF-8, which WASI requires");
}

void add_directory(const Api& api, WasiConfig* config, const GuestDirectory& directory) {
  // Wasmtime only says that it failed; the system says why.
  const FileDescriptor fd(open(directory.host.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    const int reason = errno;
    const std::string what = fmt::format("directory \"{}\" for the guest's {}",
                                         directory.host.native(), directory.guest);
    if (reason == ENOTDIR)
      throw Error(ErrorKind::invalid, what + ": not a directory",
                  "WASI only has directories; give the one that contains the file.");
    throw_system_error(what, reason);
  }
  if (!api.wasi_config_preopen_dir(config, directory.host.c_str(), directory.guest.c_str(),
                                   directory.access == Access::read_write))
    throw Error(ErrorKind::denied,
                fmt::format("directory \"{}\" for the guest's {} cannot be opened",
                            directory.host.native(), directory.guest));
}

/// Called by Wasmtime on some thread, one call at a time for each stream; must not throw.
std::ptrdiff_t write_to_sink(void* data, const unsigned char* bytes, std::size_t size) {
  auto& output = *static_cast<GuestOutput*>(data);
  if (output.failure) return -EIO;
  try {
    output.sink->write(std::as_bytes(std::span(bytes, size)));
    return static_cast<std::ptrdiff_t>(size);
  } catch (...) {
    output.failure = std::current_exception();
    return -EIO;
  }
}

void set_streams(const Api& api, WasiConfig* config, const GuestOptions& options,
                 GuestOutput& output, GuestOutput& error_output) {
  if (options.input) {
    wasmtime::ByteVec bytes;
    api.wasm_byte_vec_new(&bytes, options.input->size(), options.input->data());
    api.wasi_config_set_stdin_bytes(config, &bytes);
  } else {
    api.wasi_config_inherit_stdin(config);
  }
  output.sink = options.output;
  if (output.sink != nullptr)
    api.wasi_config_set_stdout_custom(config, write_to_sink, &output, nullptr);
  else
    api.wasi_config_inherit_stdout(config);
  error_output.sink = options.error_output;
  if (error_output.sink != nullptr)
    api.wasi_config_set_stderr_custom(config, write_to_sink, &error_output, nullptr);
  else
    api.wasi_config_inherit_stderr(config);
}

}  // namespace

Owned<WasiConfig> make_wasi(const Api& api, const GuestOptions& options, GuestOutput& output,
                            GuestOutput& error_output, std::string_view name) {
  return with_context([&] { return std::string(name); },
                      [&] {
                        Owned<WasiConfig> config(api.wasi_config_new(), api.wasi_config_delete);
                        set_args(api, config.get(), options.args);
                        set_environment(api, config.get(), options.environment);
                        set_streams(api, config.get(), options, output, error_output);
                        for (const GuestDirectory& directory : options.directories)
                          add_directory(api, config.get(), directory);
                        return config;
                      });
}

}  // namespace modulah::wasm
