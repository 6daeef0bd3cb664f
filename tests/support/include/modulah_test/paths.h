// Where the project and the build are, for tests that need files of them. Functions and not macros,
// so that only one object file depends on the directory of the build and a compiler cache can share
// the others between checkouts.
#pragma once

#include <filesystem>

namespace modulah::test {

/// The top of the project.
[[nodiscard]] std::filesystem::path source_directory();
/// The top of the build folder: programs are in "bin".
[[nodiscard]] std::filesystem::path build_directory();
/// Where the build has Wasmtime's library; the file may be absent.
[[nodiscard]] std::filesystem::path wasmtime_library();

/// True when the build has Wasmtime. When it has not, the running test case is noted as skipped.
[[nodiscard]] bool has_wasmtime();

}  // namespace modulah::test
