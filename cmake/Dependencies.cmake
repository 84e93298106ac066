# Every library of others that Daybook links, found in one place. Debian's package names: tools/packages.txt.

# daybook_needs(PACKAGE [argument...]): find_package, here and again in whoever uses the installed package.
macro(daybook_needs)
  find_package(${ARGN} REQUIRED)
  string(REPLACE ";" " " daybook_arguments "${ARGN}")
  string(APPEND DAYBOOK_FIND_DEPENDENCIES "find_dependency(${daybook_arguments})\n")
endmacro()

daybook_needs(Threads)
daybook_needs(fmt)
daybook_needs(OpenSSL COMPONENTS Crypto)
daybook_needs(Boost 1.81)

if(DAYBOOK_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  find_library(DAYBOOK_AVRO_C avro REQUIRED)  # avro-c, the oracle of our own Avro
endif()
