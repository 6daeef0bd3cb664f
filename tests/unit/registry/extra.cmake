# URLs are a private header; the tests with a real registry start processes.
target_include_directories(test_registry PRIVATE "${PROJECT_SOURCE_DIR}/libbuild/registry")
target_link_libraries(test_registry PRIVATE modulah_dep_fmt modulah_store nlohmann_json::nlohmann_json)
