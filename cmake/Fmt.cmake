# modulah_dep_fmt: fmt, as an archive when static archives are wanted. Debian has it as a shared
# library only, and then the archive is compiled here (cmake/fmt/archive.cc says why). A version of
# fmt for which that does not work is used as it was installed.
add_library(modulah_dep_fmt INTERFACE)

get_target_property(fmt_type fmt::fmt TYPE)
set(MODULAH_FMT_IS_ARCHIVE OFF)
if(fmt_type STREQUAL "STATIC_LIBRARY")
  set(MODULAH_FMT_IS_ARCHIVE ON)
elseif(MODULAH_STATIC_DEPENDENCIES)
  get_target_property(fmt_headers fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  # A test that links what we use of it.
  try_compile(MODULAH_FMT_COMPILES "${CMAKE_BINARY_DIR}/fmt"
    SOURCES "${CMAKE_CURRENT_LIST_DIR}/fmt/archive.cc" "${CMAKE_CURRENT_LIST_DIR}/fmt/use.cc"
    CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${fmt_headers}"
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
  if(MODULAH_FMT_COMPILES)
    add_library(modulah_fmt STATIC "${CMAKE_CURRENT_LIST_DIR}/fmt/archive.cc")
    target_include_directories(modulah_fmt SYSTEM PUBLIC ${fmt_headers})
    target_compile_features(modulah_fmt PUBLIC cxx_std_20)
    target_compile_options(modulah_fmt PRIVATE -ffunction-sections -fdata-sections -w)
    set_target_properties(modulah_fmt PROPERTIES POSITION_INDEPENDENT_CODE ON)
    set(MODULAH_FMT_IS_ARCHIVE ON)
  endif()
endif()
if(TARGET modulah_fmt)
  target_link_libraries(modulah_dep_fmt INTERFACE modulah_fmt)
else()
  target_link_libraries(modulah_dep_fmt INTERFACE fmt::fmt)
endif()
