# Some tests run real guests: with the library of the build folder, which may be absent.
target_include_directories(test_runner PRIVATE
  "${CMAKE_SOURCE_DIR}/libbuild/runner" "${folder}/../wasm_engine")
target_link_libraries(test_runner PRIVATE modulah_dep_fmt nlohmann_json::nlohmann_json ${CMAKE_DL_LIBS})
