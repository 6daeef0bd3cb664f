// How the tests start the worker.
#pragma once

#include <string>

#include "modulah/base/io.h"
#include "modulah/wasm/optimizer.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

namespace modulah::wasm::test {

inline OptimizerSetup setup() {
  OptimizerSetup setup;
  setup.worker = {MODULAH_TEST_WORKER};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  setup.max_memory_bytes = 0;  // The sanitizers reserve terabytes.
#endif
  return setup;
}

inline OptimizerSetup fake_setup() {
  OptimizerSetup fake = setup();
  fake.libraries = {MODULAH_TEST_FAKE_BINARYEN};
  return fake;
}

/// False, with a word, when there is no Binaryen on this machine: then the test returns.
inline bool is_binaryen_here() {
  static const bool is_here =
      modulah::test::kind_of_error([] { (void)find_binaryen(setup()); }) != "not_found";
  if (!is_here) WARN("skipped: Binaryen is not on this machine");
  return is_here;
}

}  // namespace modulah::wasm::test
