// SPDX-License-Identifier: Apache-2.0
// Every edit of one byte and every truncation of a good specimen: the decoder refuses, or what it read can be written
// and read again to the same bytes.
#include <gtest/gtest.h>

#include "schemas/message.h"
#include "schemas/visit.h"
#include "tests/schemas/samples.h"

namespace liaison {
namespace {

// Decode returns whether the bytes were taken; it fails the test itself when a value read does not survive.
template <class Decode, class Encode>
bool settles(View bytes, Decode decode, Encode encode) {
  const auto value = decode(bytes);
  if (!value) return false;
  const Bytes once = encode(*value);
  const auto again = decode(once);
  if (!again || encode(*again) != once) ADD_FAILURE() << "read but not written again: " << hex(bytes);
  return true;
}

template <class Decode, class Encode>
void try_all(const Bytes& good, Decode decode, Encode encode) {
  ASSERT_TRUE(settles(good, decode, encode));
  Bytes bytes = good;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      bytes[at] = static_cast<std::uint8_t>(value);
      if (bytes[at] != good[at]) settles(bytes, decode, encode);
    }
    bytes[at] = good[at];
  }
  // A copy of exactly its size, so that a read beyond the end is a read beyond the allocation.
  for (std::size_t size = 0; size < good.size(); ++size)
    settles(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)), decode, encode);
}

TEST(OneByte, AHeaderIsRefusedOrReadsTheSameAgain) {
  try_all(encode_header(samples::header()), decode_header, encode_header);
}

TEST(OneByte, AControlFrameIsRefusedOrReadsTheSameAgain) {
  for (const Control& control : samples::controls()) {
    try_all(encode_control(5, control), decode_control,
            [](const ControlFrame& frame) { return encode_control(frame.request_id, frame.control); });
  }
}

TEST(OneByte, AReceiptIsRefusedOrReadsTheSameAgain) {
  try_all(encode_receipt(samples::covered(2)), decode_receipt, encode_receipt);
}

TEST(OneByte, APlanIsRefusedOrReadsTheSameAgain) {
  try_all(encode_visit_plan(samples::plan()), decode_visit_plan, encode_visit_plan);
}

TEST(OneByte, AnAnswerIsRefusedOrReadsTheSameAgain) {
  try_all(encode_visit_answer(samples::answer()), decode_visit_answer, encode_visit_answer);
}

}  // namespace
}  // namespace liaison
