# Puts Wasmtime's shared library where the programs look for it:
#
#   <build>/bin/modulah  ──>  <build>/lib/modulah/libwasmtime.so   (../lib/modulah from bin)
#
# It is loaded when first needed, never linked, so the build works without it: validation and
# `run` then use what else is there. From where, the first that works:
#
#   1. -DWasmtime_ROOT=DIR   an installed Wasmtime, of the version that wasm/engine is written for;
#   2. the Python wheel that the Wasmtime project publishes, by `pip download`, checked by its hash
#      and kept in MODULAH_WASMTIME_CACHE, which several build folders share.
#
# Sets MODULAH_WASMTIME_LIBRARY to the library in the build folder, or to "".
set(MODULAH_WASMTIME_VERSION 48.0.0)
set(MODULAH_WASMTIME_SHA256_x86_64
    58544d539053dff7bd4cf30c40d7a540862d683013c0dfa6ba46a063f5b682f7)
set(MODULAH_WASMTIME_SHA256_aarch64
    26fce3613fefbe29a28e9d659dca3326e800593858e5758cad086eb802b3b766)

option(MODULAH_FETCH_WASMTIME "Download Wasmtime when Wasmtime_ROOT is not given" ON)
set(MODULAH_WASMTIME_CACHE "${CMAKE_SOURCE_DIR}/build/wasmtime" CACHE PATH
    "Where the downloaded Wasmtime is kept")

# Sets `out` to the path of the wheel in the cache, downloaded if necessary, or to "" after saying why.
function(modulah_wasmtime_wheel out)
  set(${out} "" PARENT_SCOPE)
  set(sha256 "${MODULAH_WASMTIME_SHA256_${CMAKE_SYSTEM_PROCESSOR}}")
  if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR NOT sha256)
    message(STATUS "Wasmtime: no wheel is known for ${CMAKE_SYSTEM_NAME} on ${CMAKE_SYSTEM_PROCESSOR}")
    return()
  endif()
  set(pattern "${MODULAH_WASMTIME_CACHE}/wasmtime-${MODULAH_WASMTIME_VERSION}-*${CMAKE_SYSTEM_PROCESSOR}.whl")
  file(GLOB wheel "${pattern}")
  if(NOT wheel)
    if(NOT MODULAH_FETCH_WASMTIME)
      message(STATUS "Wasmtime: not downloaded (MODULAH_FETCH_WASMTIME is off)")
      return()
    endif()
    modulah_download_wheel()
    file(GLOB wheel "${pattern}")
  endif()
  if(NOT wheel)
    return()
  endif()
  list(GET wheel 0 wheel)
  file(SHA256 "${wheel}" found)
  if(NOT found STREQUAL sha256)
    file(REMOVE "${wheel}")
    message(STATUS "Wasmtime: ${wheel} has the hash ${found}, not ${sha256}; it was removed")
    return()
  endif()
  set(${out} "${wheel}" PARENT_SCOPE)
endfunction()

# Asks each way to call pip in turn to put the wheel into the cache.
function(modulah_download_wheel)
  file(MAKE_DIRECTORY "${MODULAH_WASMTIME_CACHE}")
  set(why "there is no pip")
  foreach(pip "pip3" "pip" "python3;-m;pip")
    list(GET pip 0 program)
    find_program(MODULAH_PIP_${program} ${program})
    mark_as_advanced(MODULAH_PIP_${program})
    if(NOT MODULAH_PIP_${program})
      continue()
    endif()
    message(STATUS "Wasmtime: downloading version ${MODULAH_WASMTIME_VERSION} with ${pip}")
    execute_process(
      COMMAND ${pip} download --quiet --disable-pip-version-check --no-deps --only-binary=:all:
              --platform manylinux1_${CMAKE_SYSTEM_PROCESSOR}
              --platform manylinux2014_${CMAKE_SYSTEM_PROCESSOR}
              --dest "${MODULAH_WASMTIME_CACHE}" "wasmtime==${MODULAH_WASMTIME_VERSION}"
      RESULT_VARIABLE status OUTPUT_VARIABLE words ERROR_VARIABLE words TIMEOUT 300)
    if(status EQUAL 0)
      return()
    endif()
    string(STRIP "${words}" why)
    set(why "${program} ended with ${status}: ${why}")
  endforeach()
  message(STATUS "Wasmtime: cannot be downloaded: ${why}")
endfunction()

# Unpacks the wheel once into the cache and sets `out` to the library, `license` to its licence.
function(modulah_unpack_wheel wheel out license)
  cmake_path(GET wheel STEM LAST_ONLY stem)
  set(folder "${MODULAH_WASMTIME_CACHE}/${stem}")
  set(library "${folder}/wasmtime/linux-${CMAKE_SYSTEM_PROCESSOR}/_libwasmtime.so")
  if(NOT EXISTS "${folder}/.complete")
    file(REMOVE_RECURSE "${folder}")
    file(ARCHIVE_EXTRACT INPUT "${wheel}" DESTINATION "${folder}")
    file(TOUCH "${folder}/.complete")
  endif()
  if(NOT EXISTS "${library}")
    message(FATAL_ERROR "Wasmtime: ${wheel} has no ${library}")
  endif()
  set(${out} "${library}" PARENT_SCOPE)
  file(GLOB licenses "${folder}/*.dist-info/licenses/LICENSE" "${folder}/*.dist-info/LICENSE")
  set(${license} "${licenses}" PARENT_SCOPE)
endfunction()

set(MODULAH_WASMTIME_LIBRARY "${CMAKE_BINARY_DIR}/lib/modulah/libwasmtime.so")
set(wasmtime_source "")
set(wasmtime_license "")
if(Wasmtime_ROOT)
  # Searched again each time: the variable may have changed.
  unset(MODULAH_wasmtime_installed CACHE)
  find_library(MODULAH_wasmtime_installed wasmtime
    PATHS "${Wasmtime_ROOT}" PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH)
  mark_as_advanced(MODULAH_wasmtime_installed)
  if(NOT MODULAH_wasmtime_installed)
    message(FATAL_ERROR "Wasmtime_ROOT is ${Wasmtime_ROOT}, but there is no lib/libwasmtime.so in it")
  endif()
  file(REAL_PATH "${MODULAH_wasmtime_installed}" wasmtime_source)
else()
  modulah_wasmtime_wheel(wasmtime_wheel)
  if(wasmtime_wheel)
    modulah_unpack_wheel("${wasmtime_wheel}" wasmtime_source wasmtime_license)
  endif()
endif()

file(REMOVE "${MODULAH_WASMTIME_LIBRARY}")
if(wasmtime_source)
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/lib/modulah")
  if(Wasmtime_ROOT)
    file(CREATE_LINK "${wasmtime_source}" "${MODULAH_WASMTIME_LIBRARY}" SYMBOLIC)
  else()
    file(CREATE_LINK "${wasmtime_source}" "${MODULAH_WASMTIME_LIBRARY}" COPY_ON_ERROR)
  endif()
  install(FILES "${MODULAH_WASMTIME_LIBRARY}" DESTINATION "${CMAKE_INSTALL_LIBDIR}/modulah")
  if(wasmtime_license)
    install(FILES ${wasmtime_license} DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME LICENSE.wasmtime)
  endif()
  message(STATUS "Wasmtime: ${wasmtime_source}")
else()
  set(MODULAH_WASMTIME_LIBRARY "")
  message(STATUS "Wasmtime: not found. modulah will validate with its own reader and Binaryen, and "
                 "`modulah run` will use an installed engine.")
endif()
