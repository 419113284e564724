// SPDX-License-Identifier: Apache-2.0
// C2SP signed notes (c2sp.org/signed-note): text, a blank line, signature lines "— name base64(hash4 | signature)".
// Verifier keys are "name+hash4+base64(type | key)": type 1 Ed25519; type 4 timestamped cosignature keys are parsed and
// kept, not used yet. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "schemas/ids.h"
#include "schemas/result.h"
#include "security/keys.h"

namespace liaison {

inline constexpr std::uint8_t kVkeyEd25519 = 1;
inline constexpr std::uint8_t kVkeyCosignature = 4;

struct VerifierKey {
  std::string name;
  std::uint32_t hash4 = 0;     // SHA256(name | 0x0A | type | key)[:4], big-endian
  std::uint8_t type = 0;
  PublicKey key{};
  std::string text() const;    // the vkey line
  bool operator==(const VerifierKey&) const = default;
};
VerifierKey make_verifier_key(std::string name, std::uint8_t type, const PublicKey& key);
// kNote with a sentence for any other form, a hash that does not fit, or an unsound key.
Result<VerifierKey> parse_verifier_key(std::string_view text);

struct NoteSignature { std::string name; std::uint32_t hash4 = 0; Bytes bytes; };
struct SignedNote {
  std::string text;                        // up to and including the newline before the blank line
  std::vector<NoteSignature> signatures;   // may be empty only in a note that is still to be signed
  std::string str() const;
  Hash text_hash() const;
};
// At most 1 MiB and 100 signatures. kNote otherwise. A text without any signature line (a draft) is accepted when it
// ends with an empty line or has none at all and `draft` is allowed.
enum class DraftNote { kRefused, kAllowed };
Result<SignedNote> parse_note(std::string_view bytes, DraftNote draft = DraftNote::kRefused);

// Adds or replaces this signer's line.
void sign_note(SignedNote& note, const VerifierKey& as, const SigningKey& key);
// True when a signature of exactly this key is there and holds. Signatures of unknown keys are ignored, as C2SP says.
bool note_signed_by(const SignedNote& note, const VerifierKey& key);
// How many different of these keys have signed.
std::size_t note_signers(const SignedNote& note, const std::vector<VerifierKey>& keys);

}  // namespace liaison
