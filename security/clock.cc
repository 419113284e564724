// SPDX-License-Identifier: Apache-2.0
#include "security/clock.h"

#include <chrono>

namespace liaison {

Now SystemClock::now() {
  using namespace std::chrono;
  const auto wall = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  const auto steady = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  return {wall > 0 ? static_cast<TimeMs>(wall) : 0, static_cast<std::uint64_t>(steady)};
}

}  // namespace liaison
