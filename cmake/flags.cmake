# One place for warnings, hardening (docs/DECISIONS.md) and sanitizers.
add_library(reveil_flags INTERFACE)
target_compile_options(reveil_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -fno-math-errno -ffp-contract=off
  -fstack-protector-strong -fstack-clash-protection -fcf-protection)
target_compile_definitions(reveil_flags INTERFACE _GNU_SOURCE $<$<CONFIG:Debug>:RV_TESTING>)
if(REVEIL_WERROR)
  target_compile_options(reveil_flags INTERFACE -Werror)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(reveil_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
if(REVEIL_WEAK_HASH)
  target_compile_definitions(reveil_flags INTERFACE RV_WEAK_HASH)
endif()
if(REVEIL_SANITIZE)
  target_compile_options(reveil_flags INTERFACE -fsanitize=${REVEIL_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(reveil_flags INTERFACE -fsanitize=${REVEIL_SANITIZE})
endif()
if(REVEIL_COVERAGE)
  target_compile_options(reveil_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(reveil_flags INTERFACE --coverage)
endif()
target_link_options(reveil_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

# reveil_layer(NAME BELOW...): a static library of all the .c files of the current folder. Files named *_avx2.c and
# *_avx512.c hold kernels only and are compiled for that instruction set; run-time dispatch (base/cpu.h) picks them.
function(reveil_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(reveil_${name} STATIC ${sources})
  target_include_directories(reveil_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>)
  target_link_libraries(reveil_${name} PUBLIC reveil_public ${ARGN} PRIVATE $<BUILD_INTERFACE:reveil_flags>)
  foreach(source ${sources})
    if(source MATCHES "_avx2\\.c$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-mavx2;-mbmi;-mbmi2;-mpclmul;-mlzcnt;-mpopcnt")
    elseif(source MATCHES "_avx512\\.c$")
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
        "-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx512vbmi;-mavx512vbmi2;-mavx2;-mbmi;-mbmi2;-mpclmul;-mlzcnt;-mpopcnt")
    endif()
  endforeach()
endfunction()
