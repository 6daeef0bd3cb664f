// Ends a guest from outside: when it times out, or on request.
//
// Code compiled with Interruption::epoch checks a counter in every loop. A thread of ours waits for
// a reason to stop and then increments the counter; Wasmtime calls back on the guest's thread, and
// the callback ends the guest. The counter belongs to the engine, so other guests of that engine
// call back too, and continue because their own watchdogs have no reason. A guest that waits in a
// system call does not check the counter: that is reported (GuestOptions::on_stuck).
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
  /// Watches over the guest of `store`, which must not outlive this; `options` must.
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
  void watch(const GuestOptions& options);

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
