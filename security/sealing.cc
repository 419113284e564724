// SPDX-License-Identifier: Apache-2.0
#include "security/sealing.h"

#include <algorithm>
#include <set>
#include <utility>

#include "security/hash.h"

namespace liaison {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kCountBytes = 2;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kContentKeyBytes = 32;
constexpr std::size_t kBucketBytesMin = 256;
constexpr std::size_t kBucketBytesMax = 256 << 8;
constexpr std::uint8_t kPadMark = 0x80;
constexpr std::array<std::uint8_t, 12> kZeroNonce{};   // the body key is used once

// key_id | enc | ct, looking into the body.
struct Stanza {
  KeyId key_id{};
  PublicKey enc{};
  View ct;
};

std::size_t stanza_count(View body) { return body.size() < kCountBytes ? 0 : get_u16(body.data()); }
std::size_t sealed_at(View body) { return kCountBytes + stanza_count(body) * kStanzaBytes; }

Stanza stanza_at(View body, std::size_t index) {
  const View bytes = body.subspan(kCountBytes + index * kStanzaBytes, kStanzaBytes);
  return {*array_from<KeyId>(bytes.first(8)), *array_from<PublicKey>(bytes.subspan(8, 32)), bytes.subspan(40)};
}

bool is_bucket(std::size_t size) {
  return size >= kBucketBytesMin && size <= kBucketBytesMax && (size & (size - 1)) == 0;
}

std::size_t bucket_for(std::size_t size) {
  std::size_t bucket = kBucketBytesMin;
  while (bucket < size) bucket *= 2;
  return bucket;
}

StackSecret<32> derive(View content_key, std::string_view info) {
  return hkdf_expand_block(hkdf_extract_parts({}, {content_key}).expose(), {view_of(info)});
}

Bytes stanza_info(const NetworkId& network, const KeyId& sign_key_id, const KeyId& stanza_key_id) {
  Bytes info = bytes_of(view_of("liaison/hpke/v1\0"sv));
  put(info, network);
  put(info, sign_key_id);
  put(info, stanza_key_id);
  return info;
}

// CEK | pair_seq
Secret stanza_plaintext(const ContentKey& content_key, std::uint64_t pair_seq) {
  Bytes number;
  put_u64(number, pair_seq);
  Secret out(kContentKeyBytes + number.size());
  std::ranges::copy(content_key.expose(), out.writable().begin());
  std::ranges::copy(number, out.writable().begin() + kContentKeyBytes);
  return out;
}

Secret padded(View plaintext) {
  Secret out(bucket_for(plaintext.size() + 1));
  std::ranges::copy(plaintext, out.writable().begin());
  out.writable()[plaintext.size()] = kPadMark;
  return out;
}

// Also refuses a larger bucket than the text needs: one text has one length, so that a length can carry no message.
Result<void> unpad(Secret& padded_text) {
  std::size_t end = padded_text.size();
  while (end > 0 && padded_text.expose()[end - 1] == 0) --end;
  if (end == 0 || padded_text.expose()[end - 1] != kPadMark || bucket_for(end) != padded_text.size()) {
    return fail(Code::kOpen, "the padding of the body does not hold");
  }
  padded_text.shrink(end - 1);
  return {};
}

Result<void> check_commitment(const ContentKey& content_key, const Hash& commitment) {
  if (equal_secret(content_key.commitment(), commitment)) return {};
  return fail(Code::kOpen, "the content key is not the one that the header commits to");
}

// The one stanza for `key_id`. A body with any key_id twice is refused as a whole.
Result<Stanza> find_stanza(View body, const KeyId& key_id) {
  auto ids = stanza_key_ids(body);
  if (!ids) return fail(Code::kOpen, "the body is too short for its stanzas");
  const auto at = std::ranges::find(*ids, key_id) - ids->begin();
  const std::set<KeyId> different(ids->begin(), ids->end());
  if (different.size() != ids->size()) return fail(Code::kOpen, "the body names one key twice");
  if (static_cast<std::size_t>(at) == ids->size()) return fail(Code::kOpen, "the body is not sealed to this key");
  return stanza_at(body, static_cast<std::size_t>(at));
}

Result<Secret> open_padded(const ContentKey& content_key, const Hash& header_hash, View body) {
  if (body.size() < sealed_at(body) + kTagBytes || !is_bucket(body.size() - sealed_at(body) - kTagBytes)) {
    return fail(Code::kOpen, "the sealed body has a length that the protocol does not have");
  }
  auto opened = aead_open(derive(content_key.expose(), "liaison body v1").expose(), kZeroNonce, header_hash,
                          body.subspan(sealed_at(body)));
  if (!opened) return fail(Code::kOpen, "the body does not open with its content key");
  TRY(unpad(*opened));
  return std::move(*opened);
}

}  // namespace

ContentKey ContentKey::generate() {
  ContentKey key;
  key.cek_ = Secret::random(kContentKeyBytes);
  return key;
}

ContentKey ContentKey::from(View cek32) {
  CHECK(cek32.size() == kContentKeyBytes);
  ContentKey key;
  key.cek_ = Secret::copy_of(cek32);
  return key;
}

Hash ContentKey::commitment() const { return *array_from<Hash>(derive(cek_.expose(), "liaison commit v1").expose()); }

Result<Bytes> seal_body(const ContentKey& content_key, const NetworkId& network, const KeyId& sign_key_id,
                        View header_bytes, const std::vector<SealTo>& to, View plaintext) {
  if (plaintext.size() > kPlaintextBytesMax) {
    return fail(Code::kSize, "the message is longer than 65,535 bytes", "shorten it");
  }
  CHECK(to.size() <= 0xffff);
  const Hash header_hash = sha256(header_bytes);
  Bytes body;
  put_u16(body, static_cast<std::uint16_t>(to.size()));
  for (const SealTo& recipient : to) {
    const auto stanza = hpke_seal(recipient.key, stanza_info(network, sign_key_id, recipient.key_id), header_hash,
                                  stanza_plaintext(content_key, recipient.pair_seq).expose());
    if (!stanza) return fail(Code::kKey, "nothing can be sealed to the key " + hex(recipient.key_id));
    put(body, recipient.key_id);
    put(body, stanza->enc);
    put(body, stanza->ct);
  }
  put(body, aead_seal(derive(content_key.expose(), "liaison body v1").expose(), kZeroNonce, header_hash,
                      padded(plaintext).expose()));
  return body;
}

Result<std::vector<KeyId>> stanza_key_ids(View body) {
  if (body.size() < kCountBytes || body.size() < sealed_at(body)) {
    return fail(Code::kSeal, "the body is too short for its stanzas");
  }
  std::vector<KeyId> ids;
  for (std::size_t i = 0; i < stanza_count(body); ++i) ids.push_back(stanza_at(body, i).key_id);
  return ids;
}

Result<void> check_stanzas(View body, const std::vector<KeyId>& expected) {
  const std::vector<KeyId> ids = TRY(stanza_key_ids(body));
  if (ids != expected) return fail(Code::kSeal, "the body is not sealed to exactly its recipients and its sender, in that order");
  const std::size_t rest = body.size() - sealed_at(body);
  if (rest < kTagBytes || !is_bucket(rest - kTagBytes)) {
    return fail(Code::kSeal, "the sealed body has a length that the protocol does not have");
  }
  return {};
}

Result<Opened> open_body(const AgreementKey& key, const KeyId& key_id, const NetworkId& network, const KeyId& sign_key_id,
                         View header_bytes, const Hash& commitment, View body) {
  const Stanza stanza = TRY(find_stanza(body, key_id));
  const Hash header_hash = sha256(header_bytes);
  const auto inner = hpke_open(key, stanza.enc, stanza_info(network, sign_key_id, key_id), header_hash, stanza.ct);
  if (!inner) return fail(Code::kOpen, "the stanza does not open with this key");
  Opened out;
  out.content_key = ContentKey::from(inner->expose().first(kContentKeyBytes));
  out.pair_seq = get_u64(inner->expose().subspan(kContentKeyBytes).data());
  TRY(check_commitment(out.content_key, commitment));
  out.plaintext = TRY(open_padded(out.content_key, header_hash, body));
  return out;
}

Result<Secret> open_with_content_key(const ContentKey& content_key, View header_bytes, const Hash& commitment, View body) {
  TRY(check_commitment(content_key, commitment));
  return open_padded(content_key, sha256(header_bytes), body);
}

}  // namespace liaison
