// SPDX-License-Identifier: Apache-2.0
#include "schemas/result.h"

#include <cstdio>
#include <cstdlib>

namespace liaison {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace liaison
