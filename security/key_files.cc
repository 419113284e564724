// SPDX-License-Identifier: Apache-2.0
// How private keys rest: PKCS#8 as `openssl pkey -in FILE` reads it, and the CURVE key's text file.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>

#include "security/durable.h"
#include "security/keys.h"
#include "security/private_file.h"

namespace liaison {
namespace {

constexpr int kRounds = 600'000;
constexpr std::size_t kFileBytesMax = 16 * 1024;
constexpr std::string_view kCurveHeading = "liaison-curve-secret/v1\n";
constexpr std::size_t kCurveTextBytes = 40;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* at) const { Free(at); }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;
using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedPlain = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;   // freeing wipes it
using OwnedSealed = Owned<X509_SIG, X509_SIG_free>;
using OwnedBio = Owned<BIO, BIO_free_all>;

const char* chars(const Secret& secret) { return text_of(secret.expose()).data(); }

// PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA256; salt and initial vector are random, the key is not yet in it.
X509_ALGOR* new_scheme() {
  std::array<std::uint8_t, 16> salt;
  std::array<std::uint8_t, 16> vector;
  random_bytes(salt);
  random_bytes(vector);
  return PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), kRounds, salt.data(), static_cast<int>(salt.size()), vector.data(),
                           NID_hmacWithSHA256);
}

Bytes sealed_pem(int type, View secret32, const Secret& passphrase) {
  const OwnedKey key(EVP_PKEY_new_raw_private_key(type, nullptr, secret32.data(), secret32.size()));
  CHECK(key != nullptr);
  const OwnedPlain plain(EVP_PKEY2PKCS8(key.get()));
  CHECK(plain != nullptr);
  const OwnedSealed sealed(
      PKCS8_set0_pbe(chars(passphrase), static_cast<int>(passphrase.size()), plain.get(), new_scheme()));
  CHECK(sealed != nullptr);
  const OwnedBio memory(BIO_new(BIO_s_mem()));
  CHECK(memory != nullptr && PEM_write_bio_PKCS8(memory.get(), sealed.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return bytes_of(view_of({text, static_cast<std::size_t>(size)}));
}

Result<void> save_sealed(const std::filesystem::path& file, int type, View secret32, const Secret& passphrase) {
  if (passphrase.empty()) return fail(Code::kPassphrase, "a private key is not kept without a passphrase");
  TRY(ensure_private_folder(file.parent_path().empty() ? "." : file.parent_path()));
  return create_durably(file, sealed_pem(type, secret32, passphrase), 0600);
}

// What PEM and ASN.1 leave in the error queue says nothing that the sentences here do not.
Error bad(Code code, const std::filesystem::path& file, std::string_view what, std::string hint = {}) {
  ERR_clear_error();
  return fail(code, file.string() + ": " + std::string(what), std::move(hint));
}

Result<Secret> load_sealed(const std::filesystem::path& file, int type, const Secret& passphrase) {
  const Secret text = TRY(read_private_key_file(file, kFileBytesMax));
  const OwnedBio memory(BIO_new_mem_buf(text.expose().data(), static_cast<int>(text.size())));
  const OwnedSealed sealed(PEM_read_bio_PKCS8(memory.get(), nullptr, nullptr, nullptr));
  if (!sealed) return bad(Code::kKey, file, "this is not an encrypted PKCS#8 key");
  const OwnedPlain plain(PKCS8_decrypt(sealed.get(), chars(passphrase), static_cast<int>(passphrase.size())));
  if (!plain) return bad(Code::kPassphrase, file, "the passphrase does not open this key", "check the passphrase and try again");
  const OwnedKey key(EVP_PKCS82PKEY(plain.get()));
  if (!key || EVP_PKEY_get_id(key.get()) != type) return bad(Code::kKey, file, "the key is of another algorithm");
  Secret raw(32);
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_private_key(key.get(), raw.writable().data(), &size) != 1 || size != raw.size()) {
    return bad(Code::kKey, file, "the key is of another algorithm");
  }
  return raw;
}

}  // namespace

Result<void> save_signing_key(const std::filesystem::path& file, const SigningKey& key, const Secret& passphrase) {
  return save_sealed(file, EVP_PKEY_ED25519, key.seed(), passphrase);
}

Result<SigningKey> load_signing_key(const std::filesystem::path& file, const Secret& passphrase) {
  return SigningKey::from_seed(TRY(load_sealed(file, EVP_PKEY_ED25519, passphrase)).expose());
}

Result<void> save_agreement_key(const std::filesystem::path& file, const AgreementKey& key, const Secret& passphrase) {
  return save_sealed(file, EVP_PKEY_X25519, key.secret().expose(), passphrase);
}

Result<AgreementKey> load_agreement_key(const std::filesystem::path& file, const Secret& passphrase) {
  return AgreementKey::from_secret(TRY(load_sealed(file, EVP_PKEY_X25519, passphrase)).expose());
}

Result<void> save_curve_key(const std::filesystem::path& file, const AgreementKey& key) {
  TRY(ensure_private_folder(file.parent_path().empty() ? "." : file.parent_path()));
  std::string digits = z85(key.secret().expose());
  Secret text(kCurveHeading.size() + kCurveTextBytes + 1);
  auto at = std::copy(kCurveHeading.begin(), kCurveHeading.end(), text.writable().begin());
  at = std::copy(digits.begin(), digits.end(), at);
  *at = '\n';
  wipe({reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()});
  return create_durably(file, text.expose(), 0600);
}

Result<AgreementKey> load_curve_key(const std::filesystem::path& file) {
  const Secret text = TRY(read_private_key_file(file, kFileBytesMax));
  const std::string_view all = text_of(text.expose());
  if (all.size() != kCurveHeading.size() + kCurveTextBytes + 1 || !all.starts_with(kCurveHeading) || !all.ends_with('\n')) {
    return bad(Code::kKey, file, "this is not a CURVE key file");
  }
  auto secret = from_z85(all.substr(kCurveHeading.size(), kCurveTextBytes));
  if (!secret) return bad(Code::kKey, file, "the CURVE key is damaged");
  AgreementKey key = AgreementKey::from_secret(*secret);
  wipe(*secret);
  return key;
}

}  // namespace liaison
