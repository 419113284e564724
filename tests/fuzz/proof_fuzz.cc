// SPDX-License-Identifier: Apache-2.0
// Proof files, judged with the fingerprint that the samples in the corpus stand on: what holds is about a frame that those
// samples carry, since nobody can make another.
#include "nodes/cli/proof_file.h"
#include "nodes/cli/verify.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

const Hash& fingerprint() {
  static const Hash value = *array_from<Hash>(*from_hex("3badce8b72e8979acbcd19e45e2a1df811b1b4717a316f0a1ebf881294f1afa7"));
  return value;
}

// SHA-256 of each signed frame in the samples: messages and their receipts.
constexpr std::array kFrames{
    std::string_view("07fddbb31bac2513cce466f9a6a4c99fbceafb622fd8568e2b2855205bb6dda7"),
    std::string_view("3e7cbfa76d597a84bab17c13583f179f7f25b6823a2f9ae9b29818a41072e329"),
    std::string_view("d4250cd5dd8dbbd2efe6fc1e4521e9a8b41887d135bd192a518e80ee62647120"),
    std::string_view("7f3ee77edf974cb29a25ea4902234963c60746791e586588d95d141edd8cfc0c"),
    std::string_view("03e1cd03027f6a4b5ec019de484378ec50605a06c66435d4d4b198959f10c8fd"),
    std::string_view("27ff950512de2adffcbfe50ae931c2ee6a3529798fb4b195dd9aec761a794984"),
    std::string_view("8fcf2645bc117b25ffe2302687c318f71364bbc84ce752397ea18f7c2041b8f9")
};

void check_verdict(const Verdict& verdict) {
  CHECK(!verdict.checks.empty() && verdict.checks.front().name == "format");
  CHECK(verdict.holds() == verdict.first_failure().empty());
  for (const auto& check : verdict.checks) CHECK(!check.name.empty() && !check.sentence.empty());
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(proof) {
  using namespace liaison;
  const std::string_view text = text_of({data, size});
  const auto file = parse_proof(text);
  const Verdict verdict = verify_proof(text, fingerprint());
  check_verdict(verdict);
  CHECK(file || !verdict.holds());
  if (!verdict.holds()) return 0;
  CHECK(file->genesis_sha256 == fingerprint());
  CHECK(std::find(kFrames.begin(), kFrames.end(), hex(sha256(file->message.frame))) != kFrames.end());
  check_verdict(verify_proof(text, std::nullopt));
  return 0;
}
