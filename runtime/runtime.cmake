# SPDX-License-Identifier: Apache-2.0
# webllm_runtime_files: what a bundle needs in a browser, embedded in the binary for `serve`:
#   runtime.wasm            from runtime/host/*.cpp, by clang for wasm32-wasi
#   grammar.wasm            from runtime/grammar/**.cpp and what it needs of runtime/host
#   runtime.js, worker.js,
#   profiler.js             from runtime/web/*.ts, by esbuild
#   page.html               as it is
# runtime/files.h hands them out by name.
set(runtime_out ${CMAKE_BINARY_DIR}/runtime)
file(MAKE_DIRECTORY ${runtime_out})

# --- runtime.wasm -------------------------------------------------------------------------------
find_program(WASM_CXX clang++-19 REQUIRED)
set(wasm_compile ${CCACHE} ${WASM_CXX} --target=wasm32-wasi -std=c++20 -fno-exceptions -fno-rtti
    -mbulk-memory -fno-c++-static-destructors -fno-threadsafe-statics
    -Wall -Wextra -Wpedantic -Wno-missing-field-initializers -I${CMAKE_SOURCE_DIR})
set(wasm_link ${WASM_CXX} --target=wasm32-wasi -mexec-model=reactor -Wl,--gc-sections -Wl,-s
    -Wl,--compress-relocations)

# wasm_objects(variable module options sources...): compiles them for a module with these options.
function(wasm_objects variable module options)
  set(objects)
  foreach(source ${ARGN})
    file(RELATIVE_PATH object ${CMAKE_SOURCE_DIR}/runtime ${source})
    set(object ${runtime_out}/${module}/${object}.o)
    get_filename_component(folder ${object} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${object}
      COMMAND ${wasm_compile} ${options} -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d
      COMMENT "Compiling ${object} for WebAssembly" VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(${variable} ${objects} PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE host_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtime/host/*.cpp)
# Optimized as a whole: calls between files, of which the tokenizer makes one for every few bytes,
# cost a tenth of its time.
wasm_objects(host_objects runtime.o "-O2;-flto" ${host_sources})
add_custom_command(OUTPUT ${runtime_out}/runtime.wasm
  COMMAND ${wasm_link} ${host_objects} -o ${runtime_out}/runtime.wasm
  DEPENDS ${host_objects} COMMENT "Linking runtime.wasm" VERBATIM)

# --- grammar.wasm -------------------------------------------------------------------------------
# Loaded only where an answer is constrained. What runs for every node of a walk over the vocabulary
# or every word of a mask is compiled for speed, with SIMD, which all browsers with WebGPU have; all
# else for size: as a whole, once, since what is inlined file by file and then again is inlined too
# often. Arguments that are structs are passed as their fields
# (experimental-mv), and not by way of memory. Loop strength reduction, partial redundancy
# elimination and the hoisting of constants serve machines with few registers; here they are a
# fortieth of the code and no faster. wasm-opt finds another twenty-fifth; nothing lies in the first
# 1024 bytes, by which addresses and offsets become one.
find_program(WASM_OPT wasm-opt REQUIRED)
set(wasm_opt ${WASM_OPT} -Oz --low-memory-unused --enable-bulk-memory --enable-sign-ext
    --enable-mutable-globals --enable-multivalue --enable-reference-types --enable-simd)
file(GLOB_RECURSE grammar_cold CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtime/grammar/*.cpp)
set(grammar_hot ${grammar_cold})
list(FILTER grammar_hot INCLUDE REGEX "runtime/grammar/(chart|lexer|mask|trie_walk|regex/(derivatives|intersections))[.]cpp$")
list(REMOVE_ITEM grammar_cold ${grammar_hot})
set(grammar_host ${host_sources})
list(FILTER grammar_host INCLUDE REGEX "/(answer_table|tokenizer_file|wasm_memory)[.]cpp$")
set(grammar_options -flto -Xclang -target-abi -Xclang experimental-mv)
wasm_objects(grammar_hot_objects grammar.o "-O2;-msimd128;${grammar_options}" ${grammar_hot})
wasm_objects(grammar_cold_objects grammar.o "-Oz;-Xclang;-disable-llvm-passes;${grammar_options}"
             ${grammar_cold} ${grammar_host})
set(grammar_objects ${grammar_hot_objects} ${grammar_cold_objects})
add_custom_command(OUTPUT ${runtime_out}/grammar.wasm
  COMMAND ${wasm_link} -Wl,-z,stack-size=1048576 -Wl,-mllvm,-disable-lsr
          -Wl,-mllvm,-inline-threshold=5 -Wl,-mllvm,-enable-pre=false
          -Wl,-mllvm,-disable-machine-licm ${grammar_objects} -o ${runtime_out}/grammar.wasm
  COMMAND ${wasm_opt} ${runtime_out}/grammar.wasm -o ${runtime_out}/grammar.wasm
  DEPENDS ${grammar_objects} COMMENT "Linking grammar.wasm" VERBATIM)

# --- runtime.js, worker.js, profiler.js, page.html -----------------------------------------------
find_program(NPM npm REQUIRED)
file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtime/web/*.ts)
add_custom_command(OUTPUT ${runtime_out}/runtime.js ${runtime_out}/worker.js ${runtime_out}/profiler.js
  COMMAND ${NPM} run --silent build -- --outdir=${runtime_out}
  DEPENDS ${web_sources} ${CMAKE_SOURCE_DIR}/package.json ${CMAKE_SOURCE_DIR}/package-lock.json
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} COMMENT "Bundling the runtime's scripts" VERBATIM)
add_custom_command(OUTPUT ${runtime_out}/page.html
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/runtime/web/page.html ${runtime_out}/
  DEPENDS ${CMAKE_SOURCE_DIR}/runtime/web/page.html VERBATIM)

# --- embedded.cpp -------------------------------------------------------------------------------
# The assembler reads the files' bytes; no array of a million numbers passes the C++ compiler.
set(embedded_files page.html runtime.js worker.js profiler.js runtime.wasm grammar.wasm)
set(EMBEDDED_SYMBOLS "")
set(EMBEDDED_ROWS "")
list(TRANSFORM embedded_files PREPEND ${runtime_out}/ OUTPUT_VARIABLE embedded_paths)
foreach(file ${embedded_files})
  string(MAKE_C_IDENTIFIER ${file} symbol)
  string(APPEND EMBEDDED_SYMBOLS "EMBED(\"${runtime_out}/${file}\", embedded_${symbol})\n")
  string(APPEND EMBEDDED_ROWS
    "    {\"${file}\", {embedded_${symbol}, embedded_${symbol}_end}},\n")
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/runtime/embedded.cpp.in ${runtime_out}/embedded.cpp @ONLY)
set_source_files_properties(${runtime_out}/embedded.cpp PROPERTIES OBJECT_DEPENDS
  "${embedded_paths}")
add_library(webllm_runtime_files STATIC ${runtime_out}/embedded.cpp)
target_include_directories(webllm_runtime_files PUBLIC ${CMAKE_SOURCE_DIR})
add_custom_target(webllm_runtime DEPENDS ${embedded_paths})

# --- the npm package, in package/ ---------------------------------------------------------------
add_custom_target(webllm_package
  COMMAND ${NPM} run --silent package -- ${CMAKE_BINARY_DIR}
  DEPENDS ${embedded_paths} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
