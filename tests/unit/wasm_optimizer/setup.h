// How the tests start the worker.
#pragma once

#include <string>

#include "modulah/base/io.h"
#include "modulah/wasm/optimizer.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/paths.h"
#include "modulah_test/sanitizer.h"
#include "modulah_test/skip.h"

namespace modulah::wasm::test {

using modulah::test::kIsSanitized;

inline OptimizerSetup setup() {
  OptimizerSetup setup;
  setup.worker = {(modulah::test::build_directory() / "bin/binaryen_worker").native()};
  return setup;
}

inline OptimizerSetup fake_setup() {
  OptimizerSetup fake = setup();
  fake.libraries = {modulah::test::build_directory() / "tests/unit/libfake_binaryen.so"};
  return fake;
}

/// False, with a word, when there is no Binaryen on this machine: then the test returns.
inline bool is_binaryen_here() {
  static const bool is_here =
      modulah::test::kind_of_error([] { (void)find_binaryen(setup()); }) != "not_found";
  if (!is_here) modulah::test::skip("Binaryen is not on this machine");
  return is_here;
}

}  // namespace modulah::wasm::test
