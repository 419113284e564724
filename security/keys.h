// SPDX-License-Identifier: Apache-2.0
// Ed25519 and X25519 keys: make, use, keep in files. Signing and checking by libsodium wherever a signature decides
// something (one checker everywhere; it refuses small-order and non-canonical keys), X25519 by libsodium too (the
// faster one, and without a context to keep); key files by OpenSSL. Keys are values: any thread, each its own.
// Private keys rest as PKCS#8 under PBES2 (AES-256-CBC, PBKDF2-HMAC-SHA256, 600,000 rounds), mode 0600, in a folder of
// mode 0700, written with O_EXCL, synced, renamed. CURVE keys are a 0600 file with the Z85 secret (PROTOCOL 6).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/secret.h"

namespace liaison {

using PublicKey = std::array<std::uint8_t, 32>;

enum class KeyUse { sign, witness, hpke, curve, log, root };
std::string_view word_of(KeyUse use);
std::optional<KeyUse> parse_key_use(std::string_view word);

// SHA256("liaison/key/v1\0" | use as ASCII word | key)[:8]; PROTOCOL 2.
KeyId key_id_of(KeyUse use, const PublicKey& key);

// True for a canonical Ed25519 point that is not of small order.
bool is_sound_ed25519(const PublicKey& key);
// True for a canonical X25519 value that is not of small order.
bool is_sound_x25519(const PublicKey& key);
bool verify_signature(const PublicKey& key, View message, const Signature& signature);

class SigningKey {
 public:
  static SigningKey generate();
  static SigningKey from_seed(View seed32);   // CHECKs the size
  const PublicKey& public_key() const { return public_; }
  Signature sign(View message) const;
  View seed() const { return secret_.expose().first(32); }
  SigningKey clone() const { return from_seed(seed()); }

 private:
  Secret secret_;  // libsodium's 64 bytes: seed | public
  PublicKey public_{};
};

class AgreementKey {   // X25519: hpke and curve
 public:
  static AgreementKey generate();
  static AgreementKey from_secret(View secret32);
  const PublicKey& public_key() const { return public_; }
  const Secret& secret() const { return secret_; }
  // The shared secret; nothing when it is all zero (RFC 7748 section 6.1).
  std::optional<Secret> agree(const PublicKey& peer) const;
  AgreementKey clone() const { return from_secret(secret_.expose()); }

 private:
  Secret secret_;
  PublicKey public_{};
};

// Files. Saving refuses to overwrite (kInput). Loading refuses a file or folder that group or others may touch or that
// belongs to another user (kPermission), a wrong passphrase (kPassphrase), another algorithm (kKey).
Result<void> save_signing_key(const std::filesystem::path& file, const SigningKey& key, const Secret& passphrase);
Result<SigningKey> load_signing_key(const std::filesystem::path& file, const Secret& passphrase);
Result<void> save_agreement_key(const std::filesystem::path& file, const AgreementKey& key, const Secret& passphrase);
Result<AgreementKey> load_agreement_key(const std::filesystem::path& file, const Secret& passphrase);
Result<void> save_curve_key(const std::filesystem::path& file, const AgreementKey& key);
Result<AgreementKey> load_curve_key(const std::filesystem::path& file);

// Where a passphrase comes from, in this order: a file descriptor (>= 0), a file (0600, own user), the credential
// `$CREDENTIALS_DIRECTORY/passphrase`, the terminal (asked twice when `twice`). Never an argument or the environment.
// kPassphrase when there is none; at most 1,024 bytes, a final newline is cut.
struct PassphraseSource { int fd = -1; std::filesystem::path file; bool terminal = false; bool twice = false; };
Result<Secret> read_passphrase(const PassphraseSource& source);

}  // namespace liaison
