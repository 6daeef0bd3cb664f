// Ends a guest from outside: see watchdog.h for how.
#include "watchdog.h"

#include "modulah/base/error.h"

namespace modulah::wasm {

Watchdog::Watchdog(const wasmtime::Api& api, wasmtime::EngineHandle* engine, wasmtime::Store* store,
                   const GuestOptions& options)
    : api_(api), engine_(engine) {
  api.store_epoch_deadline_callback(store, on_deadline, this, nullptr);
  api.context_set_epoch_deadline(api.store_context(store), 1);
  if (options.max_time.count() > 0 || options.stop.stop_possible())
    thread_ = std::thread([this, &options] {
      const std::stop_callback wake(options.stop, [this] {
        const std::lock_guard lock(mutex_);
        is_stop_wanted_ = true;
        changed_.notify_one();
      });
      watch(options);
    });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

std::optional<Trap::Cause> Watchdog::cause() const noexcept {
  switch (reason_.load()) {
    case kNone:
      return std::nullopt;
    case kTimeout:
      return Trap::Cause::timeout;
    case kStopped:
      return Trap::Cause::stopped;
  }
  return std::nullopt;
}

void Watchdog::watch(const GuestOptions& options) {
  constexpr std::chrono::seconds kGrace{1};
  const auto is_anything = [this] { return is_over_ || is_stop_wanted_; };
  std::unique_lock lock(mutex_);
  if (options.max_time.count() > 0)
    changed_.wait_until(lock, std::chrono::steady_clock::now() + options.max_time, is_anything);
  else
    changed_.wait(lock, is_anything);
  if (is_over_) return;
  reason_ = is_stop_wanted_ ? kStopped : kTimeout;
  api_.engine_increment_epoch(engine_);
  if (reason_ != kTimeout || !options.on_stuck) return;
  if (changed_.wait_for(lock, kGrace, [this] { return is_over_; })) return;
  lock.unlock();
  options.on_stuck();
}

wasmtime::Failure* Watchdog::on_deadline(wasmtime::Context*, void* data, std::uint64_t* delta,
                                         std::uint8_t* update) {
  const auto& self = *static_cast<const Watchdog*>(data);
  if (self.reason_ != kNone) return self.api_.error_new("ended from outside");
  *delta = 1;
  *update = wasmtime::kContinue;
  return nullptr;
}

}  // namespace modulah::wasm
