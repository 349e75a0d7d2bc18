# ms_layer(NAME [DIR folder] [DEPENDS layers...] [LINK libraries...]): one static library per folder of the data's way.
# What a folder may include is what its DEPENDS list says; tests/checks/layers.sh reads the same lines (one call, one line).
# A folder without a .c file yet is an INTERFACE library of its headers.
function(ms_layer name)
  cmake_parse_arguments(A "" "DIR" "DEPENDS;LINK" ${ARGN})
  if(NOT A_DIR)
    set(A_DIR src/${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${A_DIR}/*.c)
  if(sources)
    add_library(ms_${name} STATIC ${sources})
    target_link_libraries(ms_${name} PRIVATE ms_warnings)
    # gcc pairs cells that are stored side by side by way of the stack, where the wide load waits for both narrow stores.
    target_compile_options(ms_${name} PRIVATE $<$<C_COMPILER_ID:GNU>:-fno-tree-slp-vectorize>)
    set(scope PUBLIC)
    set_property(GLOBAL APPEND PROPERTY MS_LAYER_LIBRARIES ms_${name}) # what tests/checks looks into
  else()
    add_library(ms_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(ms_${name} ${scope} ${CMAKE_SOURCE_DIR}) # "simd/simd.h"
  if(NOT name STREQUAL "simd")
    target_include_directories(ms_${name} ${scope} ${CMAKE_SOURCE_DIR}/src) # "base/span.h"
  endif()
  list(TRANSFORM A_DEPENDS PREPEND ms_)
  target_link_libraries(ms_${name} ${scope} ${A_DEPENDS} ${A_LINK} Threads::Threads)
endfunction()
