# modulah_component(<name> [LINK <targets>...] [PRIVATE <targets>...])
#
# Makes the static library modulah_<name> (alias modulah::<name>) of all *.cc files in
# the calling folder. Public headers are in <folder>/include/modulah/<part>/. LINK
# names what the public headers need, PRIVATE what only the .cc files need.
function(modulah_component name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;PRIVATE")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  if(NOT sources)
    file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/empty.cc" "")
    set(sources "${CMAKE_CURRENT_BINARY_DIR}/empty.cc")
  endif()
  add_library(modulah_${name} STATIC ${sources})
  add_library(modulah::${name} ALIAS modulah_${name})
  set_target_properties(modulah_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(modulah_${name}
    PUBLIC "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>"
           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
    PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_compile_features(modulah_${name} PUBLIC cxx_std_20)
  target_link_libraries(modulah_${name}
    PUBLIC ${arg_LINK}
    PRIVATE ${arg_PRIVATE} "$<BUILD_INTERFACE:modulah_settings>" "$<BUILD_INTERFACE:modulah_warnings>")
endfunction()
