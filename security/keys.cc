// SPDX-License-Identifier: Apache-2.0
#include "security/keys.h"

#include <sodium.h>

#include <algorithm>

#include "security/hash.h"

namespace liaison {
namespace {

using namespace std::string_view_literals;

// 2^255 - 19, little-endian, as both curves write their numbers.
constexpr PublicKey kPrime = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                              0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};

bool below_prime(const PublicKey& number) {
  return std::lexicographical_compare(number.rbegin(), number.rend(), kPrime.rbegin(), kPrime.rend());
}

}  // namespace

std::string_view word_of(KeyUse use) {
  switch (use) {
    case KeyUse::sign: return "sign";
    case KeyUse::witness: return "witness";
    case KeyUse::hpke: return "hpke";
    case KeyUse::curve: return "curve";
    case KeyUse::log: return "log";
    case KeyUse::root: return "root";
  }
  CHECK(!"a key use that does not exist");
}

std::optional<KeyUse> parse_key_use(std::string_view word) {
  for (const KeyUse use : {KeyUse::sign, KeyUse::witness, KeyUse::hpke, KeyUse::curve, KeyUse::log, KeyUse::root}) {
    if (word == word_of(use)) return use;
  }
  return std::nullopt;
}

KeyId key_id_of(KeyUse use, const PublicKey& key) {
  const Hash hash = sha256({view_of("liaison/key/v1\0"sv), view_of(word_of(use)), key});
  KeyId id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

// Eight times a point is the neutral element exactly when its order divides eight.
bool is_sound_ed25519(const PublicKey& key) {
  PublicKey magnitude = key;
  magnitude[31] &= 0x7f;   // the top bit is the sign of x
  if (!below_prime(magnitude)) return false;
  PublicKey point = key;
  for (int doubling = 0; doubling < 3; ++doubling) {
    PublicKey twice;
    if (crypto_core_ed25519_add(twice.data(), point.data(), point.data()) != 0) return false;   // not on the curve
    point = twice;
  }
  constexpr PublicKey kNeutral = {1};
  return point != kNeutral;
}

// Any clamped scalar is a multiple of eight: a point of small order gives zero, every other point does not.
bool is_sound_x25519(const PublicKey& key) {
  if (!below_prime(key)) return false;
  constexpr PublicKey kScalar = {8};
  PublicKey product;
  return crypto_scalarmult(product.data(), kScalar.data(), key.data()) == 0;
}

bool verify_signature(const PublicKey& key, View message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

SigningKey SigningKey::generate() { return from_seed(Secret::random(crypto_sign_SEEDBYTES).expose()); }

SigningKey SigningKey::from_seed(View seed32) {
  CHECK(seed32.size() == crypto_sign_SEEDBYTES);
  SigningKey key;
  key.secret_ = Secret(crypto_sign_SECRETKEYBYTES);
  CHECK(crypto_sign_seed_keypair(key.public_.data(), key.secret_.writable().data(), seed32.data()) == 0);
  return key;
}

Signature SigningKey::sign(View message) const {
  CHECK(secret_.size() == crypto_sign_SECRETKEYBYTES);
  Signature signature;
  CHECK(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret_.expose().data()) == 0);
  return signature;
}

AgreementKey AgreementKey::generate() {
  AgreementKey key;
  key.secret_ = Secret::random(crypto_scalarmult_SCALARBYTES);
  CHECK(crypto_scalarmult_base(key.public_.data(), key.secret_.expose().data()) == 0);
  return key;
}

AgreementKey AgreementKey::from_secret(View secret32) {
  CHECK(secret32.size() == crypto_scalarmult_SCALARBYTES);
  AgreementKey key;
  key.secret_ = Secret::copy_of(secret32);
  CHECK(crypto_scalarmult_base(key.public_.data(), key.secret_.expose().data()) == 0);
  return key;
}

std::optional<Secret> AgreementKey::agree(const PublicKey& peer) const {
  CHECK(secret_.size() == crypto_scalarmult_SCALARBYTES);
  Secret shared(crypto_scalarmult_BYTES);
  if (crypto_scalarmult(shared.writable().data(), secret_.expose().data(), peer.data()) != 0) return std::nullopt;
  return shared;
}

}  // namespace liaison
