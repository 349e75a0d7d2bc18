# ms_embed(TARGET FILE...): each file as a string of C in generated/NAME.inc, so that it can be read as what it is and the
# program needs no file beside it; \? keeps trigraphs away. Sources of TARGET include it by that name. TARGET_embedded makes
# only these, for tools that read sources without building them.
function(ms_embed target)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
  foreach(path ${ARGN})
    cmake_path(GET path FILENAME name)
    set(inc ${CMAKE_BINARY_DIR}/generated/${name}.inc)
    add_custom_command(
      OUTPUT ${inc}
      COMMAND sed -e "s/[\\\\\"?]/\\\\&/g" -e "s/.*/\"&\\\\n\"/" ${path} > ${inc}
      DEPENDS ${path}
      VERBATIM)
    list(APPEND incs ${inc})
  endforeach()
  add_custom_target(${target}_embedded DEPENDS ${incs})
  target_sources(${target} PRIVATE ${incs})
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated)
endfunction()

file(GLOB sql_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/query/*.sql)
ms_embed(ms_query ${sql_files})
ms_embed(ms_reason ${CMAKE_SOURCE_DIR}/src/reason/reasons.tsv)
