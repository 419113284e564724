// SPDX-License-Identifier: Apache-2.0
// Roster texts, one after another with an empty line between: each is read, signed anew by those of its roots whose keys
// are known here, and made to follow the one before.
#include "security/roster.h"

#include "tests/fuzz/fuzz.h"

namespace liaison {
namespace {

constexpr std::array<std::uint8_t, 3> kRoots{101, 102, 103};
constexpr std::size_t kTextsMax = 4;

std::vector<std::string> texts_of(std::string_view input) {
  std::vector<std::string> out;
  while (!input.empty() && out.size() < kTextsMax) {
    const auto end = input.find("\n\n");
    out.emplace_back(input.substr(0, end == std::string_view::npos ? end : end + 1));
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 2);
  }
  return out;
}

std::size_t sign_by_known_roots(SignedNote& note, const Roster& roster) {
  std::size_t signers = 0;
  for (const auto number : kRoots) {
    static const std::array keys{fuzz::signing_key(kRoots[0]), fuzz::signing_key(kRoots[1]), fuzz::signing_key(kRoots[2])};
    const SigningKey& key = keys[static_cast<std::size_t>(number - kRoots[0])];
    for (const auto& root : roster.roots) {
      if (root.key.key != key.public_key()) continue;
      sign_note(note, root.key, key);
      ++signers;
    }
  }
  return signers;
}

void check_roster(const Roster& roster, const std::string& text) {
  CHECK(roster_text(roster) == text);
  CHECK(roster.expires_ms > roster.issued_ms && !roster.members.empty());
  CHECK(roster.root_threshold >= 1 && roster.root_threshold <= roster.roots.size());
  CHECK(!check_succession(roster, sha256(view_of(text)), roster));
  for (const auto& key : roster.keys) {
    CHECK(roster.find(key.use, key.key_id()) == &key && roster.key(key.id) == &key);
    CHECK(!key.valid_at(key.from) || key.from < key.until.value_or(~0ULL) || key.status == KeyStatus::active);
    CHECK(key.status != KeyStatus::active || roster.member(key.member) != nullptr);
  }
}

void check_follows(const Roster& before, const Roster& after) {
  CHECK(after.version == before.version + 1 && after.network == before.network);
  CHECK(after.broker.log == before.broker.log && after.broker.sign == before.broker.sign);
  for (const auto& key : before.keys) CHECK(after.key(key.id) != nullptr && after.key(key.id)->key == key.key);
}

// The roster then held: the new one when it is taken, otherwise the one before.
std::optional<TrustedRoster> try_roster(const std::optional<TrustedRoster>& held, const std::string& text) {
  const auto roster = parse_roster(text);
  if (!roster) return held;
  check_roster(*roster, text);
  SignedNote note{text, {}};
  const std::size_t signers = sign_by_known_roots(note, *roster);
  auto trusted = held ? trust_next_roster(*held, note.str()) : trust_first_roster(note.str());
  if (!held) CHECK(trusted.has_value() == (roster->version == 1 && signers >= roster->root_threshold));
  if (!trusted) return held;
  CHECK(trusted->text_hash == sha256(view_of(text)));
  if (held) check_follows(held->roster, trusted->roster);
  CHECK(!trust_next_roster(*trusted, note.str()));
  return std::move(*trusted);
}

}  // namespace
}  // namespace liaison

FUZZ_ENTRY(roster) {
  using namespace liaison;
  const std::string_view input = text_of({data, size});
  if (const auto trusted = trust_first_roster(input)) CHECK(trusted->roster.version == 1);
  std::optional<TrustedRoster> held;
  for (const auto& text : texts_of(input)) held = try_roster(held, text);
  return 0;
}
