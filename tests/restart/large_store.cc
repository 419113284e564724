// SPDX-License-Identifier: Apache-2.0
// large_store fill BROKER-FOLDER SIGN-KEY PASSPHRASE-FILE ENTRIES BODY-BYTES
//   grows the log of a stopped broker to ENTRIES with frames that this member's key has signed, through the broker's own
//   ledger and store; the bodies are noise. The log must hold a roster and its policy already.
// large_store open BROKER-FOLDER PASSPHRASE-FILE
//   does what a broker does at start, part by part, and prints the seconds of each. Changes what a start changes.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

#include "broker/broker_keys.h"
#include "broker/recovery.h"
#include "broker/sqlite_store.h"
#include "security/clock.h"
#include "security/frame.h"

namespace liaison {
namespace {

constexpr std::size_t kEntriesAtOnce = 1000;
constexpr TimeMs kMonthMs = 30ULL * 86'400'000;

Result<Secret> passphrase_in(const std::string& file) { return read_passphrase({-1, file, false, false}); }

// Writes one member's frames in chain order, as entries that the exchange would make of them.
class Filler {
 public:
  Filler(const Exchange& exchange, SigningKey key, std::size_t body_bytes)
      : exchange_(exchange), key_(std::move(key)), key_id_(key_id_of(KeyUse::sign, key_.public_key())), body_(body_bytes) {}

  Result<Entry> next(std::uint64_t index, const Chain& chain) {
    const TrustedRoster& roster = *exchange_.charter().roster();
    Header header;
    for (const RosterKey& key : roster.roster.keys) {
      if (key.key == key_.public_key()) header.sender = key.member;
    }
    for (const MemberId& member : exchange_.charter().members()) {
      if (member != header.sender) header.recipients.push_back(member);
    }
    const TimeMs now = exchange_.last_accept_ms() + 1;
    header.kind = "visit.plan";
    header.schema_id = *schema_id_of(header.kind);
    header.marking = "named";
    header.sequence = chain.sequence + 1;
    header.previous = chain.message_id;
    header.created_at_ms = now;
    header.not_after_ms = now + kMonthMs;
    header.roster_version = roster.roster.version;
    header.policy_hash = roster.roster.policy_sha256;
    header.seen_size = index;
    header.suite = kSuiteSealed;
    header.key_commitment.emplace();
    for (std::uint8_t& byte : header.nonce) byte = noise();
    for (std::uint8_t& byte : body_) byte = noise();
    return entry_of(header, index, now);
  }
  const KeyId& key_id() const { return key_id_; }

 private:
  std::uint8_t noise() { return static_cast<std::uint8_t>(random_()); }

  Result<Entry> entry_of(const Header& header, std::uint64_t index, TimeMs now) {
    const NetworkId network = exchange_.charter().network_id();
    Entry entry;
    entry.body = make_frame(network, key_, encode_header(header), body_);
    const FrameView frame = TRY(parse_frame(entry.body));
    entry.leaf = {LeafClass::kFrame, Code::kAccepted, index, now, frame_hash_of(entry.body)};
    entry.key_id = key_id_;
    entry.sequence = header.sequence;
    entry.message_id = message_id_of(to_sign(network, frame));
    entry.sender = header.sender;
    entry.kind = header.kind;
    entry.recipients = header.recipients;
    entry.rule = "visits";
    return entry;
  }

  const Exchange& exchange_;
  SigningKey key_;
  KeyId key_id_;
  Bytes body_;
  std::mt19937_64 random_{1};
};

Result<void> fill(const std::string& folder, const std::string& key_file, const std::string& passphrase_file, std::uint64_t size, std::size_t body_bytes) {
  const Secret passphrase = TRY(passphrase_in(passphrase_file));
  Meters meters;
  const auto store = TRY(SqliteStore::open(folder, meters, {}));
  BrokerKeys keys = TRY(load_broker_keys(std::filesystem::path(folder) / "keys", passphrase));
  Ledger ledger(*store, meters, std::move(keys.log));
  Exchange exchange{QuotaLimits{}};
  TRY(recover(*store, ledger, exchange, SystemClock().now()));
  if (!exchange.charter().complete()) return fail(Code::kRoster, "the log has no roster and policy yet");
  Filler filler(exchange, TRY(load_signing_key(key_file, passphrase)), body_bytes);
  while (ledger.size() < size) {
    std::vector<Entry> entries;
    Fold fold = exchange.fold();
    while (entries.size() < kEntriesAtOnce && ledger.size() + entries.size() < size) {
      const auto chain = fold.chains.find(filler.key_id());
      entries.push_back(TRY(filler.next(ledger.size() + entries.size(), chain == fold.chains.end() ? Chain{} : chain->second)));
      fold_in(fold, entries.back());
    }
    TRY(ledger.commit(entries, touched_by(fold, entries)));
    TRY(exchange.apply(entries));
  }
  std::printf("%lu entries, %.0f MiB\n", ledger.size(), static_cast<double>(store->bytes()) / (1 << 20));
  return {};
}

void tell(const char* part, const Stopwatch& watch) { std::printf("%s %.3f\n", part, watch.seconds()); }

Result<void> open(const std::string& folder, const std::string& passphrase_file) {
  const Stopwatch whole;
  const Secret passphrase = TRY(passphrase_in(passphrase_file));
  BrokerKeys keys = TRY(load_broker_keys(std::filesystem::path(folder) / "keys", passphrase));
  tell("keys", whole);
  Meters meters;
  const Stopwatch opening;
  const auto store = TRY(SqliteStore::open(folder, meters, {}));
  tell("files", opening);
  const Stopwatch recovering;
  Ledger ledger(*store, meters, std::move(keys.log));
  Exchange exchange{QuotaLimits{}};
  const Ledger::Found found = TRY(recover(*store, ledger, exchange, SystemClock().now()));
  tell("log", recovering);
  tell("whole", whole);
  std::printf("entries %lu\n", found.size);
  return {};
}

}  // namespace
}  // namespace liaison

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  liaison::Result<void> done;
  if (words.size() == 6 && words[0] == "fill") {
    done = liaison::fill(words[1], words[2], words[3], std::strtoull(words[4].c_str(), nullptr, 10), std::strtoull(words[5].c_str(), nullptr, 10));
  } else if (words.size() == 3 && words[0] == "open") {
    done = liaison::open(words[1], words[2]);
  } else {
    std::fprintf(stderr, "usage: large_store fill BROKER-FOLDER SIGN-KEY PASSPHRASE-FILE ENTRIES BODY-BYTES | open BROKER-FOLDER PASSPHRASE-FILE\n");
    return 64;
  }
  if (!done) std::fprintf(stderr, "error: %s\n", done.error().what.c_str());
  return done ? 0 : 1;
}
