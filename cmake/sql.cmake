# src/query/*.sql as strings of C, so that they can be read as SQL and the program needs no file beside it.
file(GLOB sql_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/query/*.sql)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
foreach(sql ${sql_files})
  cmake_path(GET sql STEM name)
  set(inc ${CMAKE_BINARY_DIR}/generated/${name}.sql.inc)
  add_custom_command(
    OUTPUT ${inc}
    COMMAND sed -e "s/[\\\\\"?]/\\\\&/g" -e "s/.*/\"&\\\\n\"/" ${sql} > ${inc}
    DEPENDS ${sql}
    VERBATIM)
  target_sources(ms_query PRIVATE ${inc})
  list(APPEND sql_incs ${inc})
endforeach()
add_custom_target(ms_generated_sql DEPENDS ${sql_incs}) # for tools that read sources without building them
target_include_directories(ms_query PRIVATE ${CMAKE_BINARY_DIR}/generated)
