# libreveil: the four layers in one library with one public header. Static for the program, shared for others; only
# what reveil.h declares is exported. Installed with a pkg-config file, a CMake package, man pages and completions, the
# latter two printed by the program itself.
set(layer_objects $<TARGET_OBJECTS:reveil_base> $<TARGET_OBJECTS:reveil_formats> $<TARGET_OBJECTS:reveil_engine>
  $<TARGET_OBJECTS:reveil_matcher>)
set(REVEIL_EXTERNAL PkgConfig::XXHASH PkgConfig::ZSTD PkgConfig::FYAML PkgConfig::CRYPTO PkgConfig::UTF8PROC ZLIB::ZLIB
  Threads::Threads m)
if(REVEIL_OPENMP)
  list(APPEND REVEIL_EXTERNAL OpenMP::OpenMP_C)
endif()

add_library(reveil STATIC ${layer_objects})
target_link_libraries(reveil PUBLIC reveil_public PRIVATE ${REVEIL_EXTERNAL} $<BUILD_INTERFACE:reveil_flags>)

add_library(reveil_shared SHARED ${layer_objects})
set_target_properties(reveil_shared PROPERTIES OUTPUT_NAME reveil EXPORT_NAME reveil VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
set_target_properties(reveil_shared PROPERTIES LINKER_LANGUAGE C)
target_link_libraries(reveil_shared PUBLIC reveil_public PRIVATE ${REVEIL_EXTERNAL} $<BUILD_INTERFACE:reveil_flags>)

install(TARGETS reveil_shared reveil_public EXPORT reveil LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/reveil.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT reveil NAMESPACE reveil:: FILE reveil-config.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/reveil)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/reveil-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/reveil-config-version.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/reveil)
# Told from where the file itself stands, as `cmake --install --prefix` may put it elsewhere than was configured.
set(REVEIL_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH way_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" /)
  string(REGEX REPLACE "/$" "" way_up "${way_up}")
  set(REVEIL_PC_PREFIX "\${pcfiledir}/${way_up}")
endif()
configure_file(cmake/reveil.pc.in ${CMAKE_CURRENT_BINARY_DIR}/reveil.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/reveil.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
