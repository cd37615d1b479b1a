# SPDX-License-Identifier: Apache-2.0
# lavapipe_chromium: a Chromium in build/chromium-lavapipe whose WebGPU adapter is lavapipe, made
# again when Debian's Chromium or the stand-in driver changes.
set(installed_chromium /usr/lib/chromium)
set(lavapipe_chromium ${CMAKE_SOURCE_DIR}/build/chromium-lavapipe)
if(EXISTS ${installed_chromium}/chromium)
  add_custom_command(OUTPUT ${lavapipe_chromium}/libvk_swiftshader.so
    COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/make_lavapipe_chromium.sh ${installed_chromium}
            ${lavapipe_chromium}
    DEPENDS ${CMAKE_CURRENT_LIST_DIR}/make_lavapipe_chromium.sh
            ${CMAKE_CURRENT_LIST_DIR}/vulkan_stand_in.c ${installed_chromium}/chromium
    COMMENT "Making a Chromium that runs on lavapipe" VERBATIM)
  add_custom_target(lavapipe_chromium ALL DEPENDS ${lavapipe_chromium}/libvk_swiftshader.so)
endif()
