// SPDX-License-Identifier: Apache-2.0
// A member's id from a text that a test knows to be one.
#pragma once

#include "schemas/ids.h"

namespace liaison {

inline MemberId member(std::string_view text) { return *MemberId::parse(text); }

}  // namespace liaison
