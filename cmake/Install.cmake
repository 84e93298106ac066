# What `cmake --install` puts where: headers, the parts as static libraries, and the package that find_package(daybook)
# finds. A user links one target, daybook::daybook.
include(CMakePackageConfigHelpers)

get_property(parts GLOBAL PROPERTY DAYBOOK_PARTS)
list(REMOVE_ITEM parts sim)  # the faulty disk and its oracle: for our own tests only

add_library(daybook_package INTERFACE)  # `daybook` itself is the command line's name
add_library(daybook::daybook ALIAS daybook_package)
target_link_libraries(daybook_package INTERFACE daybook_language)
set_target_properties(daybook_package PROPERTIES EXPORT_NAME daybook)
set(targets daybook_package daybook_language)
foreach(part ${parts})
  target_link_libraries(daybook_package INTERFACE daybook_${part})
  list(APPEND targets daybook_${part})
endforeach()
set_target_properties(daybook_language PROPERTIES EXPORT_NAME language)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/daybook)
install(TARGETS ${targets} EXPORT daybookTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/daybook DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(EXPORT daybookTargets NAMESPACE daybook:: DESTINATION ${package_dir})

configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/daybook-config.cmake.in ${CMAKE_BINARY_DIR}/daybook-config.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/daybook-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/daybook-config.cmake ${CMAKE_BINARY_DIR}/daybook-config-version.cmake
  DESTINATION ${package_dir})
