# Some of base's private headers are tested directly: what only other kernels or processors reach.
target_include_directories(test_base PRIVATE "${PROJECT_SOURCE_DIR}/base")
target_link_libraries(test_base PRIVATE modulah_dep_zlib modulah_dep_zstd nlohmann_json::nlohmann_json)
