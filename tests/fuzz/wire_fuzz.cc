// SPDX-License-Identifier: Apache-2.0
// Control frames, types 2 to 8, and those inside a frame whose lengths are made to fit.
#include "schemas/message.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

// Parts may share their bytes in what comes in and never do in what goes out, so that a frame taken at the limit may be too
// large to be written again.
constexpr std::size_t kRewrittenMax = 64 * 1024;

std::size_t bytes_of(const Acceptance& a) {
  return 256 + a.leaf.size() + a.path.size() * 32 + a.checkpoint.size() + a.rule.size() + a.basis.size();
}
struct BytesOf {
  std::size_t operator()(const Fetch&) const { return 0; }
  std::size_t operator()(const Items& items) const {
    std::size_t sum = items.checkpoint.size() + items.consistency.size() * 32;
    for (const auto& item : items.items) sum += 64 + item.leaf.size() + item.body.size();
    return sum;
  }
  std::size_t operator()(const Acceptance& acceptance) const { return bytes_of(acceptance); }
  std::size_t operator()(const Refusal& refusal) const { return refusal.text.size(); }
  std::size_t operator()(const WhoAmI&) const { return 0; }
  std::size_t operator()(const WhoAmIAnswer& answer) const {
    std::size_t sum = 0;
    for (const auto& head : answer.heads) sum += 128 + (head.acceptance ? bytes_of(*head.acceptance) : 0);
    return sum;
  }
  std::size_t operator()(const CheckpointMessage& message) const { return message.note.size(); }
};

Bytes encode(const ControlFrame& frame) { return encode_control(frame.request_id, frame.control); }

void try_payload(View payload) {
  const auto frame = decode_control(payload);
  if (!frame) return;
  CHECK(static_cast<std::size_t>(*frame_type(payload)) == frame->control.index() + 2);
  const std::size_t parts = std::visit(BytesOf{}, frame->control);
  CHECK(parts <= 3 * kPayloadBytesMax);
  if (parts <= kRewrittenMax) CHECK(fuzz::settles(payload, decode_control, encode));
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(wire) {
  using namespace liaison;
  const View bytes{data, size};
  try_payload(bytes);
  if (size < 14 || size > kPayloadBytesMax) return 0;
  Bytes fitted = liaison::bytes_of(view_of("LSN1"));
  fitted.push_back(static_cast<std::uint8_t>(2 + bytes[4] % 7));
  put_u32(fitted, 7);
  put_u32(fitted, static_cast<std::uint32_t>(size - 13));
  put(fitted, bytes.subspan(13));
  try_payload(fitted);
  return 0;
}
