// A module's bytes in memory, which nobody else can change; internal.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace modulah::builder {

/// Not initialized. Throws std::bad_alloc when there is not so much memory.
class ModuleBytes {
 public:
  explicit ModuleBytes(std::size_t size);
  [[nodiscard]] std::span<std::byte> span() noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] std::span<const std::byte> span() const noexcept { return {bytes_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept;
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_;
};

}  // namespace modulah::builder
