# libreveil: the four layers in one archive with one public header, its pkg-config file and its CMake package.
add_library(reveil STATIC
  $<TARGET_OBJECTS:reveil_base> $<TARGET_OBJECTS:reveil_formats> $<TARGET_OBJECTS:reveil_engine> $<TARGET_OBJECTS:reveil_matcher>)
set(REVEIL_EXTERNAL PkgConfig::XXHASH PkgConfig::ZSTD PkgConfig::FYAML PkgConfig::CRYPTO PkgConfig::UTF8PROC ZLIB::ZLIB
  Threads::Threads m)
if(REVEIL_OPENMP)
  list(APPEND REVEIL_EXTERNAL OpenMP::OpenMP_C)
endif()
target_link_libraries(reveil PUBLIC reveil_public PRIVATE ${REVEIL_EXTERNAL} $<BUILD_INTERFACE:reveil_flags>)
