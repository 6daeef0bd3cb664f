// A large module on its way into a layer, of which only the part that engines see is in memory;
// internal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "modulah/base/files.h"
#include "modulah/base/io.h"
#include "modulah/wasm/custom_tail.h"

namespace modulah::builder {

/// The custom sections at the end of the module in `file`, when they are worth not keeping in
/// memory; else none. `size` is the file's, in bytes.
[[nodiscard]] wasm::CustomTail find_large_tail(const FileSource& file, std::uint64_t size);

/// Throws Error invalid: the file that is called `name` is not what it was a moment before.
[[noreturn]] void throw_changed(std::string_view name);

/// Reads a module's tail, and sees that it still has the sections that were found in it.
class TailSource : public Source {
 public:
  /// `file` is read from where it is, which is `tail.offset`; both must outlive it.
  TailSource(const wasm::CustomTail& tail, Source& file, std::string_view name)
      : tail_(tail), file_(file), name_(name), offset_(tail.offset) {}
  /// Throws Error invalid when a section's header is not what it was before.
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  void check(std::string_view bytes);

  const wasm::CustomTail& tail_;
  Source& file_;
  const std::string name_;
  std::uint64_t offset_;  ///< In the module, of the next byte.
  std::size_t next_ = 0;  ///< The first section whose header has not passed as a whole.
};

}  // namespace modulah::builder
