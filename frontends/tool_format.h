// SPDX-License-Identifier: Apache-2.0
// How a model family writes reasoning and tool calls, where its chat template does not show it. The
// formats lie in frontends/tool_formats, one file each, and are compiled in:
//
//   { "family": "LFM2", "reason": "the template writes no calls",
//     "template_contains": ["<|tool_list_start|>"],
//     "format": { "calls": [ … ] } }
//
// What a format says overrides what the runtime derives from the template;
// runtime/web/chat/tool_format.ts describes its fields.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "frontends/chat_template.h"

namespace frontends {

// The "format" of the family whose parts some template contains, all of them; JSON text.
std::optional<std::string> find_tool_format(const ChatTemplates& templates);

// The files of frontends/tool_formats.
std::span<const std::string_view> tool_format_files();

}  // namespace frontends
