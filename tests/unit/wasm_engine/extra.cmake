# The library of the build folder, which may be absent: then the tests say that they skip. And one
# that says it is another version.
target_link_libraries(test_wasm_engine PRIVATE ${CMAKE_DL_LIBS} modulah_dep_fmt)
target_compile_definitions(test_wasm_engine PRIVATE
  MODULAH_TEST_WASMTIME="${CMAKE_BINARY_DIR}/lib/modulah/libwasmtime.so"
  MODULAH_TEST_OTHER_VERSION="$<TARGET_FILE:fake_wasmtime>")
add_library(fake_wasmtime MODULE "${folder}/fake_wasmtime.c")
add_dependencies(test_wasm_engine fake_wasmtime)
