# pintail_module(NAME USES other modules… THIRD_PARTY packages…): the library of one folder of src/.
# Its sources are all .cpp files of the folder; third parties stay PRIVATE.
# No precompiled headers: with g++ 12 they made the whole build slower (8m03 -> 9m43 on two cores).
function(pintail_module name)
  cmake_parse_arguments(ARG "" "" "USES;THIRD_PARTY" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(pintail_${name} STATIC ${sources})
  target_include_directories(pintail_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ARG_USES PREPEND pintail_)
  target_link_libraries(pintail_${name} PUBLIC ${ARG_USES} PRIVATE pintail_options ${ARG_THIRD_PARTY})
endfunction()

# pintail_test(NAME USES modules… THIRD_PARTY packages… READS_CHECKOUT files…): one GoogleTest program from
# tests/unit/NAME/*.cpp. Only the named files know where the checkout lies: ccache serves the others to every checkout.
function(pintail_test name)
  cmake_parse_arguments(ARG "" "" "USES;THIRD_PARTY;READS_CHECKOUT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  add_executable(unit_${name} ${sources})
  target_compile_options(unit_${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)  # they are compiled more often than run
  list(TRANSFORM ARG_USES PREPEND pintail_)
  target_link_libraries(unit_${name} PRIVATE pintail_options ${ARG_USES} ${ARG_THIRD_PARTY} GTest::gtest GTest::gmock GTest::gtest_main)
  list(TRANSFORM ARG_READS_CHECKOUT PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/${name}/)
  set_source_files_properties(${ARG_READS_CHECKOUT} PROPERTIES COMPILE_DEFINITIONS PINTAIL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME unit_${name} COMMAND unit_${name})
endfunction()
