# Warnings are errors in our code; third-party headers come in as SYSTEM.
add_library(pintail_options INTERFACE)
target_compile_options(pintail_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror
  -Wno-missing-field-initializers)

# Line tables are what a backtrace or a profile needs; all else about types and variables is a quarter of the compiler's
# time. The preset `dev` has it.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

set(PINTAIL_SANITIZER "" CACHE STRING "address, thread or empty")
if(PINTAIL_SANITIZER STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(PINTAIL_SANITIZER STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
