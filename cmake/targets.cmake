# The program.
file(GLOB main_source CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/main/*.c)
if(main_source)
  add_executable(mailstrata ${main_source})
  # jemalloc is linked, not called: src/cli/main says why.
  target_link_libraries(mailstrata PRIVATE ms_cli ms_warnings $<$<BOOL:${MS_JEMALLOC}>:ms::jemalloc>)
endif()

# Unit tests: one program per tests/unit/<layer>/test_<file>.c, linked to that layer and what it depends on.
enable_testing()
file(GLOB unit_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*/test_*.c)
foreach(source ${unit_tests})
  cmake_path(GET source STEM name)
  cmake_path(GET source PARENT_PATH folder)
  cmake_path(GET folder FILENAME layer)
  add_executable(${name} ${source})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE MS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ms_${layer} ms_warnings ms::cmocka)
  add_test(NAME unit.${layer}.${name} COMMAND ${name})
endforeach()

# Further tests register themselves in tests/<folder>/CMakeLists.txt; support comes first, as others link to it.
foreach(folder support property model faults golden farm e2e interop cli gen fuzz checks)
  if(EXISTS ${CMAKE_SOURCE_DIR}/tests/${folder}/CMakeLists.txt)
    add_subdirectory(tests/${folder})
  endif()
endforeach()
if(MS_BENCH)
  add_subdirectory(bench)
endif()
