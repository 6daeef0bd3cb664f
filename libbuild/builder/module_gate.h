// The gate that modules pass on their way into the image: optimised if wanted, looked at,
// validated.
//
// Validating runs on another thread, while this one compresses the same bytes. The engine is loaded
// there too, when the first module comes or when somebody says that one will.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/reporter.h"
#include "modulah/builder/builder.h"
#include "modulah/store/step_cache.h"
#include "modulah/wasm/binary.h"
#include "modulah/wasm/custom_tail.h"
#include "modulah/wasm/engine.h"
#include "modulah/wasm/summary.h"

#include "module_bytes.h"

namespace modulah::builder {

/// A module as it goes into the image.
struct PreparedModule {
  [[nodiscard]] std::uint64_t size() const noexcept { return tail_bytes + bytes.span().size(); }

  ModuleBytes bytes;                             ///< All that an engine has to see of it.
  std::uint64_t tail_bytes = 0;                  ///< Of the custom sections that follow.
  std::shared_ptr<const wasm::Summary> summary;  ///< What it says about itself.
};

struct GateSettings {
  std::optional<wasm::OptimizeOptions> optimize;
  std::filesystem::path cache_directory;  ///< Where optimised modules are kept.
  CacheUse cache = CacheUse::yes;
  unsigned threads = 1;  ///< At work at once.
};

/// Not safe for use from two threads at once. `tools` and `reporter` must outlive it.
class ModuleGate {
 public:
  ModuleGate(const BuildTools& tools, GateSettings settings, Reporter& reporter);
  ~ModuleGate();

  /// A validation under way; its destructor waits for its end.
  class Validation {
   public:
    explicit Validation(std::future<void> outcome) : outcome_(std::move(outcome)) {}
    ~Validation() {
      if (outcome_.valid()) outcome_.wait();
    }
    Validation(const Validation&) = delete;
    Validation& operator=(const Validation&) = delete;
    /// Returns when the module is valid. Call once. Throws Error invalid "`name`: byte 0x1a: …".
    void wait() { outcome_.get(); }

   private:
    std::future<void> outcome_;
  };

  /// Whether a file that begins like this goes through the gate.
  [[nodiscard]] static bool is_module(std::span<const std::byte> first_bytes);

  /// Says that a module of `bytes` bytes will come: begins to load what validates it.
  void warm_up(std::uint64_t bytes);
  /// Whether modules may come without the custom sections at their end.
  [[nodiscard]] bool takes_tails() const noexcept { return !settings_.optimize.has_value(); }
  /// Optimises, if wanted, and reads what the module says about itself. `bytes` are all but `tail`.
  /// `name` is what messages call it, `path` where it will be in the image. Throws Error invalid
  /// for a malformed one.
  [[nodiscard]] PreparedModule prepare(ModuleBytes bytes, const wasm::CustomTail& tail,
                                       std::string_view name, std::string path);
  /// Begins to validate. `module` must outlive what is returned.
  [[nodiscard]] Validation begin_validation(const PreparedModule& module, std::string_view name);

  /// The modules that passed, in order.
  [[nodiscard]] const std::vector<BuiltModule>& modules() const noexcept { return modules_; }

  /// What optimisation is done, and by which library: part of a layer's key. Empty: none.
  [[nodiscard]] std::string optimizer_key() const;

 private:
  /// Null: there is no engine here.
  using SharedEngine = std::shared_future<std::shared_ptr<const wasm::Engine>>;

  [[nodiscard]] ModuleBytes optimize(ModuleBytes bytes, std::string_view name);
  [[nodiscard]] std::optional<ModuleBytes> find_optimized(const Sha256Bytes& key) const;
  void keep_optimized(const Sha256Bytes& key, std::span<const std::byte> bytes) const;

  const BuildTools& tools_;
  const GateSettings settings_;
  const store::StepCache optimized_;
  Reporter& reporter_;
  std::vector<BuiltModule> modules_;
  SharedEngine engine_;
};

}  // namespace modulah::builder
