# What a builder of modulah can choose, and the settings that all our own code shares.
include(GNUInstallDirs)

option(MODULAH_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(MODULAH_BUILD_FUZZERS "Build the fuzz targets (needs clang)" OFF)
option(MODULAH_WERROR "Treat warnings as errors (for developers, not for users)" OFF)
option(MODULAH_STATIC_DEPENDENCIES
       "Link static archives of our dependencies where the system has them" ON)
set(MODULAH_SANITIZE "" CACHE STRING "Sanitizers, e.g. \"address,undefined\" or \"thread\"")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

find_program(MODULAH_CCACHE ccache)
if(MODULAH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${MODULAH_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${MODULAH_CCACHE}")
endif()

# Our own targets link these two privately; nothing of them reaches a user's build.
add_library(modulah_settings INTERFACE)
target_compile_features(modulah_settings INTERFACE cxx_std_20)
target_compile_options(modulah_settings INTERFACE -ffunction-sections -fdata-sections)
if(MODULAH_SANITIZE)
  target_compile_options(modulah_settings INTERFACE -fsanitize=${MODULAH_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(modulah_settings INTERFACE -fsanitize=${MODULAH_SANITIZE})
endif()
if(MODULAH_BUILD_FUZZERS)
  target_compile_options(modulah_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

add_library(modulah_warnings INTERFACE)
target_compile_options(modulah_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual)
if(MODULAH_WERROR)
  target_compile_options(modulah_warnings INTERFACE -Werror)
endif()
