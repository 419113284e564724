// SPDX-License-Identifier: Apache-2.0
// Proof files, judged with the fingerprint that the samples in the corpus stand on: what holds is about a frame that those
// samples carry, since nobody can make another.
#include "nodes/cli/proof_file.h"
#include "nodes/cli/verify.h"
#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

const Hash& fingerprint() {
  static const Hash value = *array_from<Hash>(*from_hex("@GENESIS@"));
  return value;
}

// SHA-256 of each signed frame in the samples: messages and their receipts.
constexpr std::array kFrames{
@FRAMES@
};

void check_verdict(const Verdict& verdict) {
  CHECK(!verdict.checks.empty() && verdict.checks.front().name == "format");
  CHECK(verdict.holds() == verdict.first_failure().empty());
  for (const auto& check : verdict.checks) CHECK(!check.name.empty() && !check.sentence.empty());
}

}  // namespace
}  // namespace liaison

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
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
