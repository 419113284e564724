// SPDX-License-Identifier: Apache-2.0
// A frame as it comes, and the same header and body signed anew, so that the decoder behind the signature is reached.
#include "security/frame.h"

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

struct FixedFrame {
  NetworkId network = fuzz::network_id();
  SigningKey key = fuzz::signing_key(32);
};
const FixedFrame& fixed_frame() {
  static const FixedFrame value;
  return value;
}

Result<VerifiedFrame> verify(const Bytes& bytes) { return verify_frame(fixed_frame().network, fixed_frame().key.public_key(), bytes); }

void check_parsed(const FrameView& frame, View bytes) {
  CHECK(fuzz::same_bytes(frame.whole, bytes));
  CHECK(kFramePrefixBytes + frame.header.size() + frame.body.size() == bytes.size());
  CHECK(frame.header.data() + frame.header.size() == frame.body.data() || frame.body.empty());
}

void check_verified(const VerifiedFrame& frame, const Bytes& bytes) {
  CHECK(frame.bytes() == bytes);
  CHECK(frame.frame_hash() == frame_hash_of(bytes));
  CHECK(frame.message_id() == message_id_of(to_sign(fixed_frame().network, *parse_frame(bytes))));
  CHECK(encode_header(*decode_header(frame.header_bytes())) == encode_header(frame.header()));
}

// One bit, chosen by the frame itself, so that a run can be repeated.
Bytes with_one_bit_flipped(Bytes bytes) {
  const Hash hash = sha256(bytes);
  const std::size_t bit = get_u32(hash.data()) % (bytes.size() * 8);
  bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
  return bytes;
}

void try_signed_frame(View header, View body) {
  if (header.size() > kHeaderBytesMax || body.size() > kBodyBytesMax) return;
  const Bytes bytes = make_frame(fixed_frame().network, fixed_frame().key, header, body);
  const auto frame = verify(bytes);
  CHECK(frame.has_value() == decode_header(header).has_value());
  if (!frame) return;
  check_verified(*frame, bytes);
  CHECK(!verify(with_one_bit_flipped(bytes)));
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(frame) {
  using namespace liaison;
  const Bytes bytes(data, data + size);
  const auto frame = parse_frame(bytes);
  if (frame) check_parsed(*frame, bytes);
  if (const auto verified = verify(bytes)) check_verified(*verified, bytes);
  if (frame) {
    try_signed_frame(frame->header, frame->body);
  } else {
    try_signed_frame(bytes, {});
  }
  return 0;
}
