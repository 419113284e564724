// SPDX-License-Identifier: Apache-2.0
#include "security/hpke.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <limits>

#include "security/hash.h"

namespace liaison {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;

// RFC 9180 section 4.1 and 5.1: the names that the labelled functions put before what they hash.
constexpr std::string_view kVersion = "HPKE-v1";
constexpr std::string_view kKemSuite = "KEM\x00\x20"sv;
constexpr std::string_view kHpkeSuite = "HPKE\x00\x20\x00\x01\x00\x03"sv;

StackSecret<32> labeled_extract(std::string_view suite, View salt, std::string_view label, View ikm) {
  return hkdf_extract_parts(salt, {view_of(kVersion), view_of(suite), view_of(label), ikm});
}

// Gives 32 bytes; of a shorter `length`, which is part of what is hashed, the caller takes the beginning.
StackSecret<32> labeled_expand(std::string_view suite, View prk, std::string_view label, View info, std::uint8_t length) {
  const std::uint8_t size[] = {0, length};
  return hkdf_expand_block(prk, {size, view_of(kVersion), view_of(suite), view_of(label), info});
}

// ExtractAndExpand of section 4.1, with kem_context = enc | the recipient's public key.
StackSecret<32> kem_secret(View shared, const PublicKey& enc, const PublicKey& recipient) {
  std::array<std::uint8_t, 64> context;
  std::copy(enc.begin(), enc.end(), context.begin());
  std::copy(recipient.begin(), recipient.end(), context.begin() + 32);
  const StackSecret<32> prk = labeled_extract(kKemSuite, {}, "eae_prk", shared);
  return labeled_expand(kKemSuite, prk.expose(), "shared_secret", context, 32);
}

struct KeyAndNonce {
  StackSecret<32> key;
  StackSecret<32> nonce;   // the first 12 bytes
};

// KeySchedule of section 5.1, mode base: no pre-shared key.
KeyAndNonce key_schedule(View shared_secret, View info) {
  static const StackSecret<32> psk_id_hash = labeled_extract(kHpkeSuite, {}, "psk_id_hash", {});
  const StackSecret<32> info_hash = labeled_extract(kHpkeSuite, {}, "info_hash", info);
  std::array<std::uint8_t, 65> context{};   // mode base = 0
  std::copy_n(psk_id_hash.expose().data(), 32, context.begin() + 1);
  std::copy_n(info_hash.expose().data(), 32, context.begin() + 33);
  const StackSecret<32> secret = labeled_extract(kHpkeSuite, shared_secret, "secret", {});
  return {labeled_expand(kHpkeSuite, secret.expose(), "key", context, kKeyBytes),
          labeled_expand(kHpkeSuite, secret.expose(), "base_nonce", context, kNonceBytes)};
}

KeyAndNonce message_key(View shared, const PublicKey& enc, const PublicKey& recipient, View info) {
  return key_schedule(kem_secret(shared, enc, recipient).expose(), info);
}

// A new context for each message, so that none keeps a key: freeing wipes it, and it costs 0.13 us.
class Aead {
 public:
  enum class Direction { seal = 1, open = 0 };

  Aead(Direction direction, View key, View nonce) {
    static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
    CHECK(algorithm != nullptr && context_ != nullptr);
    CHECK(key.size() == kKeyBytes && nonce.size() == kNonceBytes);
    const int encrypt = direction == Direction::seal ? 1 : 0;
    CHECK(EVP_CipherInit_ex2(context_, algorithm, key.data(), nonce.data(), encrypt, nullptr) == 1);
  }
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;
  ~Aead() { EVP_CIPHER_CTX_free(context_); }

  void add(View aad) { update(nullptr, aad); }
  void update(std::uint8_t* out, View in) {
    CHECK(in.size() <= std::numeric_limits<int>::max());
    int written = 0;
    if (!in.empty()) CHECK(EVP_CipherUpdate(context_, out, &written, in.data(), static_cast<int>(in.size())) == 1);
  }
  void expect(View tag) {
    std::array<std::uint8_t, kTagBytes> copy;   // the call takes no const pointer
    std::copy_n(tag.begin(), kTagBytes, copy.begin());
    CHECK(EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kTagBytes, copy.data()) == 1);
  }
  bool finish() {
    std::array<std::uint8_t, kTagBytes> nothing;
    int written = 0;
    return EVP_CipherFinal_ex(context_, nothing.data(), &written) == 1;
  }
  void read_tag(std::uint8_t* out) {
    CHECK(EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kTagBytes, out) == 1);
  }

 private:
  EVP_CIPHER_CTX* const context_ = EVP_CIPHER_CTX_new();
};

}  // namespace

std::optional<HpkeSealed> hpke_seal(const PublicKey& recipient, View info, View aad, View plaintext) {
  return hpke_seal_with(AgreementKey::generate(), recipient, info, aad, plaintext);
}

std::optional<HpkeSealed> hpke_seal_with(const AgreementKey& ephemeral, const PublicKey& recipient, View info, View aad,
                                         View plaintext) {
  const std::optional<Secret> shared = ephemeral.agree(recipient);
  if (!shared) return std::nullopt;
  const KeyAndNonce made = message_key(shared->expose(), ephemeral.public_key(), recipient, info);
  return HpkeSealed{ephemeral.public_key(),
                    aead_seal(made.key.expose(), made.nonce.expose().first(kNonceBytes), aad, plaintext)};
}

std::optional<Secret> hpke_open(const AgreementKey& recipient, const PublicKey& enc, View info, View aad, View ct) {
  const std::optional<Secret> shared = recipient.agree(enc);
  if (!shared) return std::nullopt;
  const KeyAndNonce made = message_key(shared->expose(), enc, recipient.public_key(), info);
  return aead_open(made.key.expose(), made.nonce.expose().first(kNonceBytes), aad, ct);
}

Bytes aead_seal(View key, View nonce, View aad, View plaintext) {
  Bytes ct(plaintext.size() + kTagBytes);
  Aead aead(Aead::Direction::seal, key, nonce);
  aead.add(aad);
  aead.update(ct.data(), plaintext);
  CHECK(aead.finish());
  aead.read_tag(ct.data() + plaintext.size());
  return ct;
}

std::optional<Secret> aead_open(View key, View nonce, View aad, View ct) {
  if (ct.size() < kTagBytes) return std::nullopt;
  Secret plaintext(ct.size() - kTagBytes);
  Aead aead(Aead::Direction::open, key, nonce);
  aead.expect(ct.last(kTagBytes));
  aead.add(aad);
  aead.update(plaintext.writable().data(), ct.first(plaintext.size()));
  if (!aead.finish()) {
    ERR_clear_error();
    return std::nullopt;
  }
  return plaintext;
}

}  // namespace liaison
