// SPDX-License-Identifier: Apache-2.0
// Sealed bodies: as they come, and padded texts, content keys and pair sequences of the fuzzer's choice sealed as a careless
// or hostile sender would.
#include "security/sealing.h"

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

struct FixedSeal {
  NetworkId network = fuzz::network_id();
  KeyId sign_id = key_id_of(KeyUse::sign, fuzz::signing_key(32).public_key());
  AgreementKey reader = fuzz::agreement_key(21);
  AgreementKey ephemeral = fuzz::agreement_key(51);
  KeyId reader_id = key_id_of(KeyUse::hpke, reader.public_key());
  Bytes header = bytes_of(view_of("the header's bytes"));
  Bytes cek = Bytes(32, 7);
};
const FixedSeal& fixed_seal() {
  static const FixedSeal value;
  return value;
}

Result<Opened> open(View body, const Hash& commitment) {
  const FixedSeal& f = fixed_seal();
  return open_body(f.reader, f.reader_id, f.network, f.sign_id, f.header, commitment, body);
}

void try_sealed(View body) {
  const auto ids = stanza_key_ids(body);
  if (ids) CHECK(!check_stanzas(body, *ids) || 2 + ids->size() * kStanzaBytes + 16 + 256 <= body.size());
  CHECK(ids || !check_stanzas(body, {}));
  const auto opened = open(body, ContentKey::from(fixed_seal().cek).commitment());
  if (!opened) CHECK(opened.error().code == Code::kOpen);
}

// One stanza for the reader with these bytes inside, and this padded text behind it.
Bytes sealed(View inner, View padded) {
  const FixedSeal& f = fixed_seal();
  Bytes info(16);
  std::copy_n("liaison/hpke/v1", 15, info.begin());
  put(info, f.network);
  put(info, f.sign_id);
  put(info, f.reader_id);
  const auto stanza = hpke_seal_with(f.ephemeral, f.reader.public_key(), info, sha256(f.header), inner);
  Bytes body{0, 1};
  put(body, f.reader_id);
  put(body, stanza->enc);
  put(body, stanza->ct);
  const Secret key = hkdf_expand(hkdf_extract({}, f.cek).expose(), view_of("liaison body v1"), 32);
  put(body, aead_seal(key.expose(), Bytes(12), sha256(f.header), padded));
  return body;
}

// The padded text again, from what was opened.
Bytes padded_again(View plaintext) {
  Bytes out = bytes_of(plaintext);
  out.push_back(0x80);
  std::size_t bucket = 256;
  while (bucket < out.size()) bucket *= 2;
  out.resize(bucket);
  return out;
}

void try_padded(fuzz::Input input) {
  const std::uint8_t step = input.byte();
  Bytes inner = fixed_seal().cek;
  put_u64(inner, input.number());
  Bytes padded = bytes_of(input.rest());
  if (step < 9) padded.resize(std::size_t{256} << step);
  const Bytes body = sealed(inner, padded);
  const Hash commitment = ContentKey::from(fixed_seal().cek).commitment();
  const auto opened = open(body, commitment);
  if (!opened) {
    CHECK(opened.error().code == Code::kOpen);
    return;
  }
  CHECK(padded_again(opened->plaintext.expose()) == padded);
  CHECK(opened->pair_seq == get_u64(&inner[32]) && check_stanzas(body, {fixed_seal().reader_id}));
  const auto kept = open_with_content_key(opened->content_key, fixed_seal().header, commitment, body);
  CHECK(kept && fuzz::same_bytes(kept->expose(), opened->plaintext.expose()));
  CHECK(!open(body, kZeroHash));
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(sealed) {
  using namespace liaison;
  if (size > kBodyBytesMax) return 0;
  fuzz::Input input(data, size);
  if (input.byte() % 2 == 0) {
    try_sealed(input.rest());
  } else {
    try_padded(input);
  }
  return 0;
}
