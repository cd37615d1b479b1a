// SPDX-License-Identifier: Apache-2.0
// Lets Chromium run WebGPU on Mesa's lavapipe, which, unlike the SwiftShader that Chromium carries,
// has shader-f16. Chromium accepts one software adapter only: it opens the libvk_swiftshader.so of
// its own folder and looks at the vendor and device numbers. This library takes that file's place:
// it hands out lavapipe's functions unchanged, except those that report the two numbers.
//
//   cc -shared -fPIC -DDRIVER='"libvulkan_lvp.so"' vulkan_stand_in.c -o libvk_swiftshader.so
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <vulkan/vk_icd.h>

enum { kVendorGoogle = 0x1AE0, kDeviceSwiftShader = 0xC0DE };

static PFN_vkNegotiateLoaderICDInterfaceVersion driver_negotiate;
static PFN_vkGetInstanceProcAddr driver_function;
static PFN_vkGetPhysicalDeviceProperties driver_properties;
static PFN_vkGetPhysicalDeviceProperties2 driver_properties2;

__attribute__((constructor)) static void open_driver(void) {
  void* driver = dlopen(DRIVER, RTLD_NOW | RTLD_LOCAL);
  if (!driver) {
    fprintf(stderr, "vulkan stand-in: %s\n", dlerror());
    return;
  }
  driver_negotiate = (PFN_vkNegotiateLoaderICDInterfaceVersion)dlsym(
      driver, "vk_icdNegotiateLoaderICDInterfaceVersion");
  driver_function = (PFN_vkGetInstanceProcAddr)dlsym(driver, "vk_icdGetInstanceProcAddr");
}

static void rename_device(VkPhysicalDeviceProperties* properties) {
  properties->vendorID = kVendorGoogle;
  properties->deviceID = kDeviceSwiftShader;
}

static VKAPI_ATTR void VKAPI_CALL get_properties(VkPhysicalDevice device,
                                                 VkPhysicalDeviceProperties* properties) {
  driver_properties(device, properties);
  rename_device(properties);
}

static VKAPI_ATTR void VKAPI_CALL get_properties2(VkPhysicalDevice device,
                                                  VkPhysicalDeviceProperties2* properties) {
  driver_properties2(device, properties);
  rename_device(&properties->properties);
}

// The two functions that the Vulkan loader asks a driver for.
VKAPI_ATTR VkResult VKAPI_CALL vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t* version) {
  return driver_negotiate ? driver_negotiate(version) : VK_ERROR_INCOMPATIBLE_DRIVER;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetInstanceProcAddr(VkInstance instance,
                                                                   const char* name) {
  PFN_vkVoidFunction function = driver_function ? driver_function(instance, name) : NULL;
  if (!function) return NULL;
  if (!strcmp(name, "vkGetPhysicalDeviceProperties")) {
    driver_properties = (PFN_vkGetPhysicalDeviceProperties)function;
    return (PFN_vkVoidFunction)get_properties;
  }
  if (!strcmp(name, "vkGetPhysicalDeviceProperties2") ||
      !strcmp(name, "vkGetPhysicalDeviceProperties2KHR")) {
    driver_properties2 = (PFN_vkGetPhysicalDeviceProperties2)function;
    return (PFN_vkVoidFunction)get_properties2;
  }
  return function;
}

// The one function that a program without the loader asks for.
VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance,
                                                               const char* name) {
  if (!strcmp(name, "vkGetInstanceProcAddr")) return (PFN_vkVoidFunction)vkGetInstanceProcAddr;
  return vk_icdGetInstanceProcAddr(instance, name);
}
