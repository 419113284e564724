// SPDX-License-Identifier: Apache-2.0
#include "security/blinding.h"

#include <sodium.h>

#include "security/hash.h"

namespace liaison {

namespace {

static_assert(crypto_core_ristretto255_BYTES == sizeof(Token));

constexpr std::size_t kWideBytes = crypto_hash_sha512_BYTES, kBlockBytes = 128;
constexpr std::string_view kFillerDomain = "liaison/blinding/filler/v1";

using Wide = StackSecret<kWideBytes>;

Wide sha512(std::initializer_list<View> parts) {
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  for (const View part : parts) crypto_hash_sha512_update(&state, part.data(), part.size());
  Wide out;
  crypto_hash_sha512_final(&state, out.writable().data());
  wipe({reinterpret_cast<std::uint8_t*>(&state), sizeof state});
  return out;
}

// RFC 9380, 5.3.1, for the one length that is needed: a hash's own.
Wide expand_message(std::string_view domain, View message) {
  CHECK(domain.size() <= 255);
  constexpr std::array<std::uint8_t, kBlockBytes> kPad{};
  constexpr std::uint8_t kLengthAndZero[] = {0, kWideBytes, 0}, kOne = 1;
  const auto length = static_cast<std::uint8_t>(domain.size());
  const Wide first = sha512({kPad, message, kLengthAndZero, view_of(domain), View(&length, 1)});
  return sha512({first.expose(), View(&kOne, 1), view_of(domain), View(&length, 1)});
}

Token element_of(const Wide& wide) {
  Token out{};
  CHECK(crypto_core_ristretto255_from_hash(out.data(), wide.expose().data()) == 0);
  return out;
}

}  // namespace

BlindingKey BlindingKey::derive(View secret, std::string_view label) {
  CHECK(secret.size() >= 32);
  const Secret wide = hkdf_expand(hkdf_extract(view_of("liaison/blinding/key/v1"), secret).expose(), view_of(label), kWideBytes);
  BlindingKey key;
  crypto_core_ristretto255_scalar_reduce(key.scalar_.writable().data(), wide.expose().data());
  CHECK(!sodium_is_zero(key.scalar_.expose().data(), key.scalar_.expose().size()));
  return key;
}

std::optional<BlindingKey> BlindingKey::from_scalar(View scalar32) {
  if (scalar32.size() != crypto_core_ristretto255_SCALARBYTES || sodium_is_zero(scalar32.data(), scalar32.size())) return std::nullopt;
  // A scalar that its reduction changes is not below the order.
  Wide wide;
  std::copy(scalar32.begin(), scalar32.end(), wide.writable().begin());
  BlindingKey key;
  crypto_core_ristretto255_scalar_reduce(key.scalar_.writable().data(), wide.expose().data());
  if (!equal_secret(key.scalar_.expose(), scalar32)) return std::nullopt;
  return key;
}

Token BlindingKey::blind(std::string_view domain, View word) const {
  const auto token = blind_again(element_of(expand_message(domain, word)));
  CHECK(token.has_value());   // no word is known that hashes to the identity
  return *token;
}

std::optional<Token> BlindingKey::blind_again(const Token& token) const {
  Token out{};
  if (crypto_scalarmult_ristretto255(out.data(), scalar_.expose().data(), token.data()) != 0) return std::nullopt;
  return out;
}

Token BlindingKey::filler(View secret, std::uint32_t at) {
  CHECK(secret.size() >= 32);
  Bytes number;
  put_u32(number, at);
  const StackSecret<32> seed = hmac_sha256(secret, {view_of(kFillerDomain), number});
  return element_of(expand_message(kFillerDomain, seed.expose()));
}

bool is_token(const Token& token) {
  return crypto_core_ristretto255_is_valid_point(token.data()) == 1 && !sodium_is_zero(token.data(), token.size());
}

}  // namespace liaison
