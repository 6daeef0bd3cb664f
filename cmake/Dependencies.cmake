# Finds what we link. Each library is one target modulah_dep_<name>, so a component
# never knows whether it came as a static archive or a shared library.
#
# Static archives are preferred for what every command needs: loading libarchive and
# libcrypto as shared libraries, with all that they pull in, costs more than building
# a small image. libcurl and Wasmtime are loaded when first needed (dlopen), so that
# only their headers, or none at all, are wanted here.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# modulah_find_dependency(<name> <header> <library>...): finds the first library of each
# "a|b" list; the archive first when static archives are wanted.
function(modulah_find_dependency name header)
  find_path(MODULAH_${name}_INCLUDE ${header} REQUIRED)
  add_library(modulah_dep_${name} INTERFACE)
  target_include_directories(modulah_dep_${name} SYSTEM INTERFACE "${MODULAH_${name}_INCLUDE}")
  foreach(library IN LISTS ARGN)
    if(MODULAH_STATIC_DEPENDENCIES)
      find_library(MODULAH_${name}_${library} NAMES lib${library}.a ${library} REQUIRED)
    else()
      find_library(MODULAH_${name}_${library} NAMES ${library} REQUIRED)
    endif()
    target_link_libraries(modulah_dep_${name} INTERFACE "${MODULAH_${name}_${library}}")
    list(APPEND found "${MODULAH_${name}_${library}}")
  endforeach()
  message(STATUS "${name}: ${found}")
endfunction()

modulah_find_dependency(zlib zlib.h z)
modulah_find_dependency(zstd zstd.h zstd)
modulah_find_dependency(libdeflate libdeflate.h deflate)
modulah_find_dependency(crypto openssl/evp.h crypto)
target_link_libraries(modulah_dep_crypto INTERFACE ${CMAKE_DL_LIBS} Threads::Threads)
if(MODULAH_STATIC_DEPENDENCIES)
  # What the archive's tar reader and its filters refer to; a shared libarchive brings its own.
  modulah_find_dependency(archive archive.h archive z bz2 lzma zstd)
else()
  modulah_find_dependency(archive archive.h archive)
endif()

# Headers only: the library itself is loaded at run time.
find_path(MODULAH_curl_INCLUDE curl/curl.h REQUIRED)
add_library(modulah_dep_curl INTERFACE)
target_include_directories(modulah_dep_curl SYSTEM INTERFACE "${MODULAH_curl_INCLUDE}")
target_link_libraries(modulah_dep_curl INTERFACE ${CMAKE_DL_LIBS})

find_package(fmt REQUIRED)
include(Fmt)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(CLI11 REQUIRED)
if(MODULAH_BUILD_TESTS)
  find_package(Catch2 REQUIRED)
endif()
message(STATUS "fmt: ${fmt_DIR} ${fmt_VERSION}; nlohmann_json ${nlohmann_json_VERSION}; CLI11 ${CLI11_VERSION}")
