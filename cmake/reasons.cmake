# src/reason/reasons.tsv as a string of C, so that the program needs no file beside it. \? keeps trigraphs away.
set(reasons_tsv ${CMAKE_SOURCE_DIR}/src/reason/reasons.tsv)
set(reasons_inc ${CMAKE_BINARY_DIR}/generated/reasons.inc)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
add_custom_command(
  OUTPUT ${reasons_inc}
  COMMAND sed -e "s/[\\\\\"?]/\\\\&/g" -e "s/.*/\"&\\\\n\"/" ${reasons_tsv} > ${reasons_inc}
  DEPENDS ${reasons_tsv}
  VERBATIM)
add_custom_target(ms_generated_reasons DEPENDS ${reasons_inc})
target_sources(ms_reason PRIVATE ${reasons_inc})
target_include_directories(ms_reason PRIVATE ${CMAKE_BINARY_DIR}/generated)
