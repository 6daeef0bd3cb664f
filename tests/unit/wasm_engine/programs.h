// Small guests in the text format.
#pragma once

#include <string>

namespace modulah::wasm::test {

/// Writes what `fill` has put at 1024, of the length on the stack, to stdout; helper for others.
inline const std::string kImports = R"(
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $env_sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $env (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $path_open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $write (param $fd i32) (param $at i32) (param $size i32) (result i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $size))
    (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
)";

/// A module whose `_start` is `body`.
inline std::string program(const std::string& body) {
  return "(module $app" + kImports + "(func $main (export \"_start\") " + body + "))";
}

/// Ends with `status`.
inline std::string exits_with(int status) {
  return program("(call $exit (i32.const " + std::to_string(status) + "))");
}

/// Writes its arguments, then its environment, each ended by NUL, to stdout.
inline std::string echoes() {
  return program(R"(
    (drop (call $args_sizes (i32.const 16) (i32.const 20)))
    (drop (call $args (i32.const 256) (i32.const 1024)))
    (drop (call $write (i32.const 1) (i32.const 1024) (i32.load (i32.const 20))))
    (drop (call $env_sizes (i32.const 16) (i32.const 20)))
    (drop (call $env (i32.const 256) (i32.const 1024)))
    (drop (call $write (i32.const 1) (i32.const 1024) (i32.load (i32.const 20)))))");
}

/// Copies up to 1000 bytes of stdin to stderr.
inline std::string copies() {
  return program(R"(
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 1000))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (drop (call $write (i32.const 2) (i32.const 1024) (i32.load (i32.const 8)))))");
}

/// Opens `path` beneath its first directory with `oflags` (1: create, 8: truncate) for reading, or
/// for writing too, and ends with WASI's error number (0: it could).
inline std::string opens(const std::string& path, int oflags, bool is_writing) {
  // Rights: fd_read is bit 1, fd_write bit 6.
  return "(module" + kImports + "(data (i32.const 512) \"" + path +
         "\") (func (export \"_start\") (call $exit (call $path_open (i32.const 3) (i32.const 1) "
         "(i32.const 512) (i32.const " +
         std::to_string(path.size()) + ") (i32.const " + std::to_string(oflags) + ") (i64.const " +
         (is_writing ? "66" : "2") + ") (i64.const 0) (i32.const 0) (i32.const 16)))))";
}

/// A component that is a command; `run` is what its core function does, giving an i32 (0: ok).
inline std::string component_command(const std::string& run) {
  return R"((component
    (import "wasi:cli/exit@0.2.0" (instance $exits (export "exit" (func (param "status" (result))))))
    (alias export $exits "exit" (func $exit))
    (core func $core_exit (canon lower (func $exit)))
    (core module $m
      (import "host" "exit" (func $exit (param i32)))
      (func (export "run") (result i32) )" +
         run + R"())
    (core instance $host (export "exit" (func $core_exit)))
    (core instance $i (instantiate $m (with "host" (instance $host))))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (instance (export "wasi:cli/run@0.2.3") (export "run" (func $run)))))";
}

// WASI's error numbers that the tests meet.
inline constexpr int kSuccess = 0;
inline constexpr int kNoEntry = 44;
inline constexpr int kNotPermitted = 63;
inline constexpr int kReadOnly = 69;

}  // namespace modulah::wasm::test
