// SPDX-License-Identifier: Apache-2.0
// The signed frame, PROTOCOL 2: 88 fixed bytes, header, body. Untrusted bytes -> FrameView (lengths hold) ->
// VerifiedFrame (a key that the caller looked up has signed exactly these bytes, and the header is well formed).
// Nothing beyond the fixed prefix is parsed before the signature held. Pure functions.
#pragma once

#include <memory>

#include "schemas/ids.h"
#include "schemas/message.h"
#include "schemas/result.h"
#include "security/keys.h"

namespace liaison {

inline constexpr std::size_t kFramePrefixBytes = 88;
inline constexpr std::size_t kToSignBytes = 132;
using ToSign = std::array<std::uint8_t, kToSignBytes>;
using NetworkId = Hash;

// SHA256("liaison/net/v1\0" | network name | SHA256(text of roster version 1))
NetworkId network_id_of(std::string_view network, const Hash& roster_v1_text_hash);

// Looks into bytes that it does not own.
struct FrameView {
  KeyId key_id{};
  Signature signature{};
  View header;
  View body;
  View whole;
};
// E_FORMAT (magic, type, alg, flags) or E_SIZE (too short, too long, lengths that do not add up exactly).
Result<FrameView> parse_frame(View bytes);

ToSign to_sign(const NetworkId& network, const FrameView& frame);
MessageId message_id_of(const ToSign& bytes);
Hash frame_hash_of(View whole_frame);
// Signs and puts together a whole frame; CHECKs the size limits.
Bytes make_frame(const NetworkId& network, const SigningKey& key, View header, View body);

// Made by verify_frame alone. Owns its bytes.
class VerifiedFrame {
 public:
  const Header& header() const { return header_; }
  View header_bytes() const { return View(bytes_).subspan(kFramePrefixBytes, header_size_); }
  View body() const { return View(bytes_).subspan(kFramePrefixBytes + header_size_); }
  const Bytes& bytes() const { return bytes_; }
  const KeyId& key_id() const { return key_id_; }
  const PublicKey& signed_by() const { return signed_by_; }
  const MessageId& message_id() const { return message_id_; }
  const Hash& frame_hash() const { return frame_hash_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  friend Result<VerifiedFrame> verify_frame(const NetworkId&, const PublicKey&, Bytes);
  VerifiedFrame() = default;
  Bytes bytes_;
  std::size_t header_size_ = 0;
  Header header_;
  KeyId key_id_{};
  PublicKey signed_by_{};
  MessageId message_id_{};
  Hash frame_hash_{};
};
// In this order: E_FORMAT/E_SIZE by parse_frame, E_SIGNATURE, then decode_header's errors.
// Also E_SIGNATURE when the frame's key_id is not `key`'s.
Result<VerifiedFrame> verify_frame(const NetworkId& network, const PublicKey& key, Bytes bytes);

// Refusals (type 5): "liaison/rcpt/v1", network_id, frame_hash, code u16, detail u64, time u64.
void sign_refusal(Refusal& refusal, const NetworkId& network, const SigningKey& broker_sign_key);
bool refusal_signature_holds(const Refusal& refusal, const NetworkId& network, const PublicKey& broker_sign_key);

}  // namespace liaison
