# Some of the builder's private parts are tested directly, and real modules are validated: with the
# library of the build folder, which may be absent.
target_include_directories(test_builder PRIVATE "${PROJECT_SOURCE_DIR}/libbuild/builder")
target_link_libraries(test_builder PRIVATE modulah_dep_fmt ${CMAKE_DL_LIBS})
