// Ends a guest from outside: when its time is over, or when somebody asks for it.
//
// Code compiled with Interruption::epoch looks at a counter in every loop. A thread of ours waits
// for the reason to stop and then turns the counter on; Wasmtime calls back, on the guest's thread,
// and is told to end it. The counter belongs to the engine, so guests of the same engine are asked
// too, and go on because their own watchdogs have no reason.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "modulah/wasm/guest.h"

#include "state.h"

namespace modulah::wasm {

class Watchdog {
 public:
  /// Watches over the guest of `store`, which must not outlive this.
  Watchdog(const wasmtime::Api& api, wasmtime::EngineHandle* engine, wasmtime::Store* store,
           const GuestOptions& options);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Why the guest was ended, or nothing when it was not.
  [[nodiscard]] std::optional<Trap::Cause> cause() const noexcept;

 private:
  enum Reason { kNone, kTimeout, kStopped };

  static wasmtime::Failure* on_deadline(wasmtime::Context* context, void* data,
                                        std::uint64_t* delta, std::uint8_t* update);
  void watch(std::chrono::milliseconds max_time);

  const wasmtime::Api& api_;
  wasmtime::EngineHandle* engine_;
  std::atomic<Reason> reason_ = kNone;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;         ///< The guest has ended; guarded by mutex_.
  bool is_stop_wanted_ = false;  ///< Guarded by mutex_.
  std::thread thread_;
};

}  // namespace modulah::wasm
