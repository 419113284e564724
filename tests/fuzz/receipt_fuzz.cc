// SPDX-License-Identifier: Apache-2.0
// The delivery receipt.
#include "schemas/message.h"
#include "tests/fuzz/fuzz.h"

FUZZ_ENTRY(receipt) {
  using namespace liaison;
  const View bytes{data, size};
  if (!fuzz::settles(bytes, decode_receipt, encode_receipt)) return 0;
  const auto covered = *decode_receipt(bytes);
  CHECK(!covered.empty() && covered.size() <= kCoveredMax);
  for (const auto& one : covered) CHECK(code_from_wire(static_cast<std::uint16_t>(one.verdict)) == one.verdict);
  return 0;
}
