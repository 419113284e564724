// SPDX-License-Identifier: Apache-2.0
// Judges a proof file offline: every step from the genesis fingerprint to the recipients' receipts, each under a name of
// its own, so that a wrong byte shows up where it stands. Trusts nothing but the fingerprint that people compared. Pure
// function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/cli/proof_file.h"
#include "schemas/ids.h"

namespace liaison {

// kNothing: there is nothing to check (no receipt yet, no content key in the file). kNotReached: an earlier check that
// this one stands on has failed.
enum class Outcome { kHolds, kFailed, kNothing, kNotReached };
struct Check { std::string name; Outcome outcome = Outcome::kNotReached; std::string sentence; };

struct Verdict {
  std::vector<Check> checks;
  // What the message is, once its frame is read: sender, kind, time, place.
  std::string about;
  // Its kind, and whether the log says that it was accepted, once those checks hold.
  std::string kind;
  bool accepted = false;
  // The body as JSON text, when the file holds the content key and the body's kind is known here.
  std::string opened;
  bool holds() const;
  // Whether the fingerprint of the exchange was given, and is the file's.
  bool compared() const;
  // The name of the first check that failed; "" when none did.
  std::string first_failure() const;
};

// Names of the checks, in order: format, genesis fingerprint, roster chain, checkpoint, rosters in the log, policies in the
// log, frame, sender's key, signature, leaf, inclusion, policy, seal, body, and "receipt of M" for each recipient.
// `fingerprint` is what people compared; without it the genesis check says that nobody has compared it.
Verdict verify_proof(std::string_view file, const std::optional<Hash>& fingerprint);

}  // namespace liaison
