// SPDX-License-Identifier: Apache-2.0
// Signed notes, verifier keys and checkpoints: as they come, and the text signed anew by the log's key.
#include "security/note.h"

#include "security/log.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

const SigningKey& log_key() {
  static const SigningKey key = fuzz::signing_key(91);
  return key;
}
const VerifierKey& log_vkey() {
  static const VerifierKey vkey = make_verifier_key(log_origin("vectors.liaison.example"), kVkeyEd25519, log_key().public_key());
  return vkey;
}

void try_note(std::string_view bytes) {
  if (const auto note = parse_note(bytes)) {
    CHECK(note->str() == bytes && !note->signatures.empty());
    CHECK(note_signers(*note, {log_vkey(), log_vkey()}) == (note_signed_by(*note, log_vkey()) ? 1U : 0U));
  }
  if (const auto draft = parse_note(bytes, DraftNote::kAllowed)) CHECK(parse_note(draft->str(), DraftNote::kAllowed)->text == draft->text);
  if (const auto checkpoint = open_checkpoint(bytes, log_vkey())) CHECK(bytes.starts_with(checkpoint_text(*checkpoint) + '\n'));
  const auto line = bytes.substr(0, bytes.find('\n'));
  if (const auto vkey = parse_verifier_key(line)) CHECK(vkey->text() == line);
}

void try_signed_note(const SignedNote& draft) {
  SignedNote note{draft.text, draft.signatures};
  sign_note(note, log_vkey(), log_key());
  if (note.signatures.size() > 100) return;
  const auto again = parse_note(note.str());
  CHECK(again && again->text == note.text && note_signed_by(*again, log_vkey()));
  const auto checkpoint = open_checkpoint(note.str(), log_vkey());
  if (!checkpoint) return;
  CHECK(checkpoint_text(*checkpoint) == note.text);
  CHECK(open_checkpoint(sign_checkpoint(*checkpoint, log_key()), log_vkey()).value() == *checkpoint);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(note) {
  using namespace liaison;
  const std::string_view bytes = text_of({data, size});
  try_note(bytes);
  if (const auto draft = parse_note(bytes, DraftNote::kAllowed)) try_signed_note(*draft);
  return 0;
}
