// SPDX-License-Identifier: Apache-2.0
// What naga 30 cannot read of WGSL: it refuses `enable subgroups` as not yet implemented, and takes
// bitcast<vec2<f16>>(u32) for a scalar. Only variants of kernels use these; a browser that is made of
// naga runs the plain kernel (runtime/web/gpu/kernels.ts).
//
//   nagaReads('enable subgroups;\n...')   // false
export const nagaReads = (wgsl) =>
  !wgsl.includes('enable subgroups;') && !wgsl.includes('bitcast<vec2<f16>>');
