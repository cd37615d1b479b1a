// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/forms/forms.h"

#include <array>

namespace codegen::lower {

std::span<const Form> forms() {
  static constexpr std::array kForms = {
      Form{"host", lower_host},
      Form{"norm", lower_norm},
      Form{"gather", lower_gather},
      Form{"gemm", lower_gemm},
      Form{"qkv_cache_write", lower_qkv_cache_write},
      Form{"gemv", lower_gemv},
      Form{"argmax_head", lower_argmax_head},
      Form{"argmax", lower_argmax},
      Form{"rope_cache_write", lower_rope_cache_write},
      Form{"tiled_attention", lower_tiled_attention},
      Form{"attention", lower_attention},
      Form{"generic", lower_generic},
  };
  return kForms;
}

}  // namespace codegen::lower
