# pintail_module(NAME USES other modules… THIRD_PARTY packages…): the library of one folder of src/.
# Its sources are all .cpp files of the folder; third parties stay PRIVATE.
function(pintail_module name)
  cmake_parse_arguments(ARG "" "" "USES;THIRD_PARTY" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(pintail_${name} STATIC ${sources})
  target_include_directories(pintail_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ARG_USES PREPEND pintail_)
  target_link_libraries(pintail_${name} PUBLIC ${ARG_USES} PRIVATE pintail_options ${ARG_THIRD_PARTY})
endfunction()

# pintail_test(NAME USES modules… THIRD_PARTY packages…): one GoogleTest program from tests/unit/NAME/*.cpp.
function(pintail_test name)
  cmake_parse_arguments(ARG "" "" "USES;THIRD_PARTY" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  add_executable(unit_${name} ${sources})
  list(TRANSFORM ARG_USES PREPEND pintail_)
  target_link_libraries(unit_${name} PRIVATE pintail_options ${ARG_USES} ${ARG_THIRD_PARTY} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(unit_${name} PRIVATE PINTAIL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME unit_${name} COMMAND unit_${name})
endfunction()
