// SPDX-License-Identifier: Apache-2.0
#include "security/frame.h"

#include <algorithm>
#include <utility>

#include "security/hash.h"

namespace liaison {
namespace {

using namespace std::string_view_literals;

// Offsets of the fixed prefix.
constexpr std::size_t kTypeAt = 4;
constexpr std::size_t kAlgAt = 5;
constexpr std::size_t kFlagsAt = 6;
constexpr std::size_t kKeyIdAt = 8;
constexpr std::size_t kHeaderSizeAt = 16;
constexpr std::size_t kBodySizeAt = 20;
constexpr std::size_t kSignatureAt = 24;

constexpr std::string_view kMagic = "LSN1";
constexpr std::uint8_t kAlgEd25519 = 1;
constexpr std::string_view kToSignPrefix = "liaison/msg/v1\0\0"sv;
constexpr std::string_view kRefusalPrefix = "liaison/rcpt/v1\0"sv;
static_assert(kToSignPrefix.size() == 16 && kRefusalPrefix.size() == 16);

template <class Array>
Array array_at(View bytes, std::size_t at) {
  Array out;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
  return out;
}

Result<void> check_form(View bytes) {
  if (text_of(bytes.first(kMagic.size())) != kMagic) return fail(Code::kFormat, "these bytes are not a frame of this protocol");
  if (bytes[kTypeAt] != static_cast<std::uint8_t>(FrameType::kMessage)) {
    return fail(Code::kFormat, "the frame is not a signed message");
  }
  if (bytes[kAlgAt] != kAlgEd25519) return fail(Code::kFormat, "the frame names a signature algorithm that is not in use");
  if (get_u16(&bytes[kFlagsAt]) != 0) return fail(Code::kFormat, "the frame sets flags that are reserved");
  return {};
}

Bytes refusal_bytes(const Refusal& refusal, const NetworkId& network) {
  Bytes out = bytes_of(view_of(kRefusalPrefix));
  put(out, network);
  put(out, refusal.frame_hash);
  put_u16(out, static_cast<std::uint16_t>(refusal.code));
  put_u64(out, refusal.detail);
  put_u64(out, refusal.time_ms);
  return out;
}

}  // namespace

NetworkId network_id_of(std::string_view network, const Hash& roster_v1_text_hash) {
  return sha256({view_of("liaison/net/v1\0"sv), view_of(network), roster_v1_text_hash});
}

Result<FrameView> parse_frame(View bytes) {
  if (bytes.size() < kFramePrefixBytes) return fail(Code::kSize, "the frame is shorter than its fixed part");
  TRY(check_form(bytes));
  const std::size_t header_size = get_u32(&bytes[kHeaderSizeAt]);
  const std::size_t body_size = get_u32(&bytes[kBodySizeAt]);
  if (header_size > kHeaderBytesMax) return fail(Code::kSize, "the header is longer than 16 KiB");
  if (body_size > kBodyBytesMax) return fail(Code::kSize, "the body is longer than 96 KiB");
  if (bytes.size() != kFramePrefixBytes + header_size + body_size) {
    return fail(Code::kSize, "the frame is not as long as its lengths say");
  }
  return FrameView{array_at<KeyId>(bytes, kKeyIdAt), array_at<Signature>(bytes, kSignatureAt),
                   bytes.subspan(kFramePrefixBytes, header_size), bytes.subspan(kFramePrefixBytes + header_size), bytes};
}

ToSign to_sign(const NetworkId& network, const FrameView& frame) {
  ToSign out;
  auto at = out.begin();
  const auto append = [&at](View bytes) { at = std::copy(bytes.begin(), bytes.end(), at); };
  append(view_of(kToSignPrefix));
  append(network);
  append(frame.whole.subspan(kTypeAt, kSignatureAt - kTypeAt));
  append(sha256(frame.header));
  append(sha256(frame.body));
  CHECK(at == out.end());
  return out;
}

MessageId message_id_of(const ToSign& bytes) { return sha256({view_of("liaison/id/v1\0"sv), bytes}); }

Hash frame_hash_of(View whole_frame) { return sha256(whole_frame); }

Bytes make_frame(const NetworkId& network, const SigningKey& key, View header, View body) {
  CHECK(header.size() <= kHeaderBytesMax && body.size() <= kBodyBytesMax);
  Bytes out;
  out.reserve(kFramePrefixBytes + header.size() + body.size());
  put(out, view_of(kMagic));
  out.push_back(static_cast<std::uint8_t>(FrameType::kMessage));
  out.push_back(kAlgEd25519);
  put_u16(out, 0);
  put(out, key_id_of(KeyUse::sign, key.public_key()));
  put_u32(out, static_cast<std::uint32_t>(header.size()));
  put_u32(out, static_cast<std::uint32_t>(body.size()));
  out.resize(kFramePrefixBytes);
  put(out, header);
  put(out, body);
  const Result<FrameView> frame = parse_frame(out);
  CHECK(frame.has_value());
  const Signature signature = key.sign(to_sign(network, *frame));
  std::copy(signature.begin(), signature.end(), out.begin() + kSignatureAt);
  return out;
}

Result<VerifiedFrame> verify_frame(const NetworkId& network, const PublicKey& key, Bytes bytes) {
  const FrameView frame = TRY(parse_frame(bytes));
  if (frame.key_id != key_id_of(KeyUse::sign, key)) return fail(Code::kSignature, "the frame names another key");
  const ToSign signed_bytes = to_sign(network, frame);
  if (!verify_signature(key, signed_bytes, frame.signature)) {
    return fail(Code::kSignature, "the signature does not belong to these bytes and this key");
  }
  VerifiedFrame out;
  out.header_ = TRY(decode_header(frame.header));
  out.header_size_ = frame.header.size();
  out.key_id_ = frame.key_id;
  out.signed_by_ = key;
  out.message_id_ = message_id_of(signed_bytes);
  out.frame_hash_ = frame_hash_of(bytes);
  out.bytes_ = std::move(bytes);
  return out;
}

void sign_refusal(Refusal& refusal, const NetworkId& network, const SigningKey& broker_sign_key) {
  refusal.signature = broker_sign_key.sign(refusal_bytes(refusal, network));
}

bool refusal_signature_holds(const Refusal& refusal, const NetworkId& network, const PublicKey& broker_sign_key) {
  return refusal.signature && verify_signature(broker_sign_key, refusal_bytes(refusal, network), *refusal.signature);
}

}  // namespace liaison
