// SPDX-License-Identifier: Apache-2.0
// What a test writes by hand: bytes in hexadecimal, and a good text with one thing in it replaced.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "schemas/ids.h"

namespace liaison {

inline Bytes unhex(std::string_view text) { return from_hex(text).value(); }

// The first place alone; there must be one.
inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  if (at == std::string::npos) {
    ADD_FAILURE() << "nowhere stands " << what;
    return text;
  }
  return text.replace(at, what.size(), with);
}

}  // namespace liaison
