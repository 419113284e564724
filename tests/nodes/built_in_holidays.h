// SPDX-License-Identifier: Apache-2.0
// The holidays that are built into the program, read once.
#pragma once

#include "nodes/domain/holidays.h"

namespace liaison {

inline const Holidays& built_in() {
  static const Holidays all = Holidays::built_in();
  return all;
}

}  // namespace liaison
