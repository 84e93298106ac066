# One set of warnings for every target of this tree; they are errors.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)  # sees overlaps in std::string's own operator+ that are not there (GCC bug 105651)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  add_compile_options(-Wno-deprecated-declarations)  # libstdc++ 12 uses what it deprecates; g++ tells us of our own
endif()
if(DAYBOOK_SANITIZE)
  add_compile_options(-fsanitize=${DAYBOOK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DAYBOOK_SANITIZE})
endif()
if(DAYBOOK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # the fuzzers see which branches of the libraries they reach
endif()
# A stopped program (ENSURE) names its file as in the repository, wherever it was built.
add_compile_options(-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
find_program(DAYBOOK_MOLD mold)
if(DAYBOOK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
