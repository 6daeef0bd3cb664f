# The worker as a program of its own, and a library that behaves as Binaryen does on a bad day.
add_executable(binaryen_worker "${folder}/worker_main.cc")
target_link_libraries(binaryen_worker PRIVATE
  modulah::wasm_optimizer modulah_settings modulah_warnings)
add_library(fake_binaryen MODULE "${folder}/fake_binaryen.c")
add_library(no_binaryen MODULE "${folder}/no_binaryen.c")
add_dependencies(test_wasm_optimizer binaryen_worker fake_binaryen no_binaryen)
