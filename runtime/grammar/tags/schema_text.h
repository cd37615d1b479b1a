// SPDX-License-Identifier: Apache-2.0
// A JSON value as text again: schemas inside of larger descriptions are compiled from text.
#pragma once

#include <string>

#include "runtime/grammar/json/value.h"

namespace runtime::grammar::tags {

// What json::parse makes the same value of.
std::string schema_text(const json::Value& value);

}  // namespace runtime::grammar::tags
