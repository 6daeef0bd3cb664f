# The library of the build folder, which may be absent: then the tests say that they skip. And one
# that says it is another version.
target_link_libraries(test_wasm_engine PRIVATE ${CMAKE_DL_LIBS} modulah_dep_fmt)
add_library(fake_wasmtime MODULE "${folder}/fake_wasmtime.c")
add_dependencies(test_wasm_engine fake_wasmtime)
