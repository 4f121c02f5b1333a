# Third parties arrive by package name (scripts/bootstrap); each is linked PRIVATE by the one folder that may know it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)

# Headers from Debian, the library from scripts/deps/librdkafka.txt.
find_path(RDKAFKA_INCLUDE librdkafka/rdkafka.h)
file(GLOB rdkafka_library ${PROJECT_SOURCE_DIR}/.deps/librdkafka/lib/librdkafka-*.so.1)
if(NOT RDKAFKA_INCLUDE OR NOT rdkafka_library)
  message(FATAL_ERROR "librdkafka not found: run scripts/bootstrap")
endif()
add_library(rdkafka SHARED IMPORTED)
set_target_properties(rdkafka PROPERTIES
  IMPORTED_LOCATION ${rdkafka_library}
  INTERFACE_INCLUDE_DIRECTORIES ${RDKAFKA_INCLUDE})

# A user with an own DuckDB sets DUCKDB_ROOT (include/duckdb.h, lib/libduckdb.so).
if(DEFINED ENV{DUCKDB_ROOT})
  set(duckdb_root $ENV{DUCKDB_ROOT})
else()
  set(duckdb_root ${PROJECT_SOURCE_DIR}/.deps/duckdb)
endif()
find_path(DUCKDB_INCLUDE duckdb.h PATHS ${duckdb_root}/include ${duckdb_root} NO_DEFAULT_PATH)
find_library(DUCKDB_LIBRARY duckdb PATHS ${duckdb_root}/lib ${duckdb_root} NO_DEFAULT_PATH)
if(NOT DUCKDB_INCLUDE OR NOT DUCKDB_LIBRARY)
  message(FATAL_ERROR "DuckDB not found under ${duckdb_root}: run scripts/bootstrap, or set DUCKDB_ROOT")
endif()
add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${DUCKDB_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE}
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE}
  IMPORTED_NO_SONAME ON)
