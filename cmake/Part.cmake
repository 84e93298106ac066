# daybook_part(NAME [DEPENDS target...] [PRIVATE target...] [TEST_DEPENDS target...] [TEST_LABELS label...])
#
# One folder of src/ or adapters/: every *.cpp beside this call but the tests becomes the static library
# daybook_NAME (alias daybook::NAME); every *_test.cpp goes into one test program, NAME_test. A part sees the
# parts in DEPENDS and no others: that is how the arrows of ARCHITECTURE.md are held at link time.
function(daybook_part name)
  cmake_parse_arguments(PART "" "" "DEPENDS;PRIVATE;TEST_DEPENDS;TEST_LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  if(tests)
    list(REMOVE_ITEM sources ${tests})
  endif()
  if(sources)
    add_library(daybook_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(daybook_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(daybook::${name} ALIAS daybook_${name})
  target_include_directories(daybook_${name} ${scope} $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>)
  target_link_libraries(daybook_${name} ${scope} daybook_language ${PART_DEPENDS})
  if(PART_PRIVATE)
    target_link_libraries(daybook_${name} PRIVATE ${PART_PRIVATE})
  endif()
  set_target_properties(daybook_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY DAYBOOK_PARTS ${name})  # cmake/Install.cmake installs them
  if(tests)
    daybook_test(${name}_test SOURCES ${tests} DEPENDS daybook_${name} ${PART_TEST_DEPENDS} LABELS ${PART_TEST_LABELS})
  endif()
endfunction()

# daybook_test(NAME SOURCES file... DEPENDS target... [LABELS label...]): one GoogleTest program, one ctest entry.
#
# Labels that have a meaning to ./dev:
#   threads  the program starts threads: `./dev check tsan` runs it under ThreadSanitizer
#   flips    flips every byte of a store: too long for `./dev test`, run by `./dev check flips`
# Nothing is done without DAYBOOK_TESTS. Every label has a target that builds its programs: tests_threads, tests_flips.
add_custom_target(tests_threads)
add_custom_target(tests_flips)
function(daybook_test name)
  if(NOT DAYBOOK_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "" "" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)  # "contract/event_log_contract.hpp"
  target_link_libraries(${name} PRIVATE ${TEST_DEPENDS} GTest::gmock GTest::gtest GTest::gtest_main)
  # ./dev counts single tests, not programs, from these reports.
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 --gtest_output=xml:${CMAKE_BINARY_DIR}/reports/${name}.xml)
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS "${TEST_LABELS}")
  foreach(label ${TEST_LABELS})
    if(NOT TARGET tests_${label})
      add_custom_target(tests_${label})
    endif()
    add_dependencies(tests_${label} ${name})
  endforeach()
endfunction()

# daybook_fuzzer(NAME SOURCES file... DEPENDS target...): one libFuzzer program over one decoder.
#
# A source defines LLVMFuzzerTestOneInput. Its seeds are the files of corpus/NAME beside the call; there must be at
# least one. With DAYBOOK_FUZZ (preset fuzz, clang) it becomes a fuzzer, fuzzers/NAME in the build folder, which
# `./dev check fuzz` and `./dev fuzz NAME` run. With DAYBOOK_TESTS it becomes a test that feeds it every seed once, so
# that a crash that a fuzzer found, saved as a seed, stays mended.
add_custom_target(fuzzers)
function(daybook_fuzzer name)
  cmake_parse_arguments(FUZZER "" "" "SOURCES;DEPENDS" ${ARGN})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  file(GLOB seeds CONFIGURE_DEPENDS ${corpus}/*)
  if(NOT seeds)
    message(FATAL_ERROR "fuzzer ${name} has no seeds: put at least one input into ${corpus}")
  endif()
  if(DAYBOOK_FUZZ)
    add_executable(${name} ${FUZZER_SOURCES})
    add_dependencies(fuzzers ${name})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
    file(CREATE_LINK ${corpus} ${CMAKE_BINARY_DIR}/fuzzers/${name}.seeds SYMBOLIC)
  elseif(DAYBOOK_TESTS)
    if(NOT TARGET daybook_fuzz_replay)
      add_library(daybook_fuzz_replay OBJECT ${CMAKE_SOURCE_DIR}/tools/fuzz_replay.cpp)
    endif()
    add_executable(${name} ${FUZZER_SOURCES} $<TARGET_OBJECTS:daybook_fuzz_replay>)
    add_test(NAME ${name}_seeds COMMAND ${name} ${corpus})
    set_tests_properties(${name}_seeds PROPERTIES TIMEOUT 120)
  else()
    return()
  endif()
  target_link_libraries(${name} PRIVATE ${FUZZER_DEPENDS})
endfunction()
