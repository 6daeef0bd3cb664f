# The library of the build folder, which may be absent: then the tests say that they skip. And one
# that says it is another version.
target_link_libraries(test_wasm_engine PRIVATE ${CMAKE_DL_LIBS} modulah_dep_fmt)
# The worker as a program of its own.
add_executable(compile_worker "${folder}/worker_main.cc")
target_link_libraries(compile_worker PRIVATE
  modulah::wasm_engine modulah_settings modulah_warnings)
add_dependencies(test_wasm_engine compile_worker)
add_library(fake_wasmtime MODULE "${folder}/fake_wasmtime.c")
add_dependencies(test_wasm_engine fake_wasmtime)
