// SPDX-License-Identifier: Apache-2.0
// What this machine could do at best, measured in the same run as the exchange: bare rates of the protocol's cryptography,
// the disk's sync and a bare CURVE round trip. Blocking; a few seconds each. Owns nothing afterwards.
#pragma once

#include <filesystem>

#include "schemas/result.h"

namespace liaison {

struct CryptoLimits {
  double sign_per_s_core = 0;
  double seal_per_s_core = 0;     // one content key, four stanzas, a padded body of 1 KiB
  double check_per_s_core = 0;    // one Ed25519 check with the hashes of a 1 KiB frame
  double open_per_s_core = 0;     // a check and an opening: what a reader does for one message
  // Messages a second if all cores did nothing but: sign once, seal to four, check at the broker, check and open at three readers.
  double crypto_limit_per_s = 0;
  unsigned cores = 0;
};
CryptoLimits measure_crypto(double seconds_each);

// Median microseconds of write(4 KiB) + fdatasync on a file in `folder`. kIo.
Result<double> measure_sync_us(const std::filesystem::path& folder, int rounds);
// Median microseconds of 1 KiB there and back over a CURVE connection on loopback. kIo.
Result<double> measure_round_trip_us(int rounds);

}  // namespace liaison
