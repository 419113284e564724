// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <algorithm>
#include <set>

#include "security/line_reader.h"
#include "security/log.h"
#include "security/roster.h"

namespace liaison {
namespace {

constexpr std::size_t kRosterBytesMax = 64 * 1024;
constexpr TimeMs kLifeMax = 100 * kDayMs;

std::string_view word_of(KeyStatus status) {
  switch (status) {
    case KeyStatus::active: return "active";
    case KeyStatus::retired: return "retired";
    case KeyStatus::revoked: return "revoked";
  }
  return {};
}

std::string key_line(const RosterKey& key) {
  std::string line = "key " + key.id + " member=" + key.member.str() + " use=" + std::string(liaison::word_of(key.use));
  if (key.vkey) {
    line += " vkey=" + key.vkey->text();
  } else {
    line += " pub=" + (key.use == KeyUse::curve ? z85(key.key) : base64(key.key));
  }
  line += " from=" + std::to_string(key.from);
  if (key.until) line += " until=" + std::to_string(*key.until);
  if (key.trusted_below) line += " trusted-below=" + std::to_string(*key.trusted_below);
  line += " status=" + std::string(word_of(key.status));
  if (!key.reason.empty()) line += " reason=" + key.reason;
  return line + '\n';
}

// "name=value" words of one line, taken from left to right.
class Fields {
 public:
  explicit Fields(std::vector<std::string_view> words) : words_(std::move(words)) {}
  std::optional<std::string_view> take(std::string_view name) {
    if (at_ == words_.size() || !words_[at_].starts_with(name) || words_[at_].size() <= name.size() ||
        words_[at_][name.size()] != '=') {
      return std::nullopt;
    }
    return words_[at_++].substr(name.size() + 1);
  }
  bool done() const { return at_ == words_.size(); }

 private:
  std::vector<std::string_view> words_;
  std::size_t at_ = 0;
};

// "192.0.2.16/28" or "2001:db8::/32", the address as inet_ntop prints it.
bool is_net(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string address(text.substr(0, slash));
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  std::array<unsigned char, 16> raw{};
  std::array<char, INET6_ADDRSTRLEN> again{};
  if (inet_pton(family, address.c_str(), raw.data()) != 1) return false;
  if (inet_ntop(family, raw.data(), again.data(), again.size()) == nullptr || address != again.data()) return false;
  const auto bits = parse_decimal(text.substr(slash + 1));
  return bits && *bits <= (family == AF_INET ? 32u : 128u);
}

std::optional<PublicKey> parse_key_bytes(const std::optional<Bytes>& bytes) {
  return bytes ? array_from<PublicKey>(*bytes) : std::nullopt;
}

class RosterParser {
 public:
  explicit RosterParser(LineReader lines) : lines_(std::move(lines)) {}

  Result<Roster> parse() {
    TRY(head());
    while (lines_.next_is("root")) TRY(root());
    TRY(broker());
    while (lines_.next_is("member")) TRY(member());
    while (lines_.next_is("key")) TRY(key());
    TRY(tail());
    return std::move(roster_);
  }

 private:
  Result<std::string_view> word(std::string_view name) { return TRY(lines_.take(name, 1))[0]; }
  Result<std::uint64_t> number(std::string_view name) {
    const auto parsed = parse_decimal(TRY(word(name)));
    if (!parsed) return lines_.error("not a decimal number");
    return *parsed;
  }
  Result<TimeMs> time(std::string_view name) {
    const auto parsed = from_rfc3339(TRY(word(name)));
    if (!parsed) return lines_.error("not a time of the form 2026-07-01T00:00:00Z");
    return *parsed;
  }
  Result<Hash> hash(std::string_view name) {
    const auto parsed = parse_hash(TRY(word(name)));
    if (!parsed) return lines_.error("not base64 of 32 bytes");
    return *parsed;
  }

  // Ids grow strictly from line to line, so that none stands twice.
  template <class List>
  Result<std::string> next_id(std::string_view text, const List& list) {
    if (!is_id(text)) return lines_.error("not an id: one to 32 letters, digits, dots, dashes or underlines");
    if (!list.empty() && !(as_text(list.back().id) < text)) return lines_.error("the ids are not sorted, or one stands twice");
    return std::string(text);
  }
  static const std::string& as_text(const std::string& id) { return id; }
  static const std::string& as_text(const MemberId& id) { return id.str(); }

  Result<void> unseen(const PublicKey& key) {
    if (!seen_.insert(key).second) return lines_.error("this public key already stands in another line or use");
    return {};
  }
  Result<PublicKey> ed25519(std::optional<Bytes> bytes) {
    const auto key = parse_key_bytes(bytes);
    if (!key || !is_sound_ed25519(*key)) return lines_.error("not a sound Ed25519 public key");
    TRY(unseen(*key));
    return *key;
  }
  Result<PublicKey> x25519(std::optional<Bytes> bytes) {
    const auto key = parse_key_bytes(bytes);
    if (!key || !is_sound_x25519(*key)) return lines_.error("not a sound X25519 public key");
    TRY(unseen(*key));
    return *key;
  }
  Result<VerifierKey> vkey(std::string_view text, std::uint8_t type) {
    auto parsed = parse_verifier_key(text);
    if (!parsed) return lines_.error(parsed.error().what);
    if (parsed->type != type) return lines_.error("a verifier key of another type than " + std::to_string(type));
    TRY(unseen(parsed->key));
    return *std::move(parsed);
  }

  Result<void> head() {
    if (TRY(lines_.take_line()) != "liaison-roster/v1") return lines_.error("the first line is not \"liaison-roster/v1\"");
    roster_.network = TRY(word("network"));
    if (!is_network_name(roster_.network)) return lines_.error("not a network name");
    roster_.version = TRY(number("version"));
    if (roster_.version == 0) return lines_.error("versions begin at 1");
    const auto previous = parse_previous(TRY(word("previous")));
    if (!previous) return lines_.error("neither \"-\" nor base64 of 32 bytes");
    if ((roster_.version == 1) == previous->has_value()) return lines_.error("version 1, and no other, has \"previous -\"");
    roster_.previous = *previous;
    roster_.issued_ms = TRY(time("issued"));
    roster_.expires_ms = TRY(time("expires"));
    if (roster_.expires_ms <= roster_.issued_ms) return lines_.error("expires is not after issued");
    if (roster_.expires_ms - roster_.issued_ms > kLifeMax) return lines_.error("expires is more than 100 days after issued");
    const std::uint64_t threshold = TRY(number("root-threshold"));
    if (threshold == 0 || threshold > kRosterBytesMax) return lines_.error("not a possible threshold");
    roster_.root_threshold = static_cast<std::uint32_t>(threshold);
    return {};
  }

  Result<void> root() {
    const auto words = TRY(lines_.take("root", 2));
    RosterRoot root;
    root.id = TRY(next_id(words[0], roster_.roots));
    root.key = TRY(vkey(words[1], kVkeyEd25519));
    TRY(unused(KeyUse::root, root.key.key));
    roster_.roots.push_back(std::move(root));
    return {};
  }

  Result<void> broker() {
    if (roster_.root_threshold > roster_.roots.size()) return lines_.error("fewer roots than the root-threshold asks for");
    auto words = TRY(lines_.take("broker", 4));
    RosterBroker& broker = roster_.broker;
    broker.id = TRY(next_id(words[0], std::vector<RosterRoot>()));
    Fields fields({words.begin() + 1, words.end()});
    const auto sign = fields.take("sign"), curve = fields.take("curve"), log = fields.take("log");
    if (!sign || !curve || !log) return lines_.error("a broker line is ID sign= curve= log=");
    broker.sign = TRY(ed25519(from_base64(*sign)));
    broker.curve = TRY(x25519(from_z85(*curve)));
    broker.log = TRY(vkey(*log, kVkeyEd25519));
    if (broker.log.name != log_origin(roster_.network)) {
      return lines_.error("the log key's name is not " + log_origin(roster_.network));
    }
    TRY(unused(KeyUse::sign, broker.sign));
    TRY(unused(KeyUse::curve, broker.curve));
    return unused(KeyUse::log, broker.log.key);
  }

  Result<void> member() {
    auto words = TRY(lines_.take("member", 3));
    RosterMember member;
    member.id = *MemberId::parse(TRY(next_id(words[0], roster_.members)));
    Fields fields({words.begin() + 1, words.end()});
    const auto port = fields.take("port"), net = fields.take("net");
    if (!port || !net) return lines_.error("a member line is ID port= net=");
    const auto port_number = parse_decimal(*port);
    if (!port_number || *port_number == 0 || *port_number > 65535) return lines_.error("not a port from 1 to 65535");
    member.port = static_cast<std::uint16_t>(*port_number);
    const auto same_port = [&](const auto& other) { return other.port == member.port; };
    if (std::any_of(roster_.members.begin(), roster_.members.end(), same_port)) return lines_.error("two members have this port");
    if (!is_net(*net)) return lines_.error("net is not an address, a slash and the number of its fixed bits");
    member.net = *net;
    roster_.members.push_back(std::move(member));
    return {};
  }

  Result<void> key() {
    auto words = TRY(lines_.take_some("key"));
    RosterKey key;
    key.id = TRY(next_id(words[0], roster_.keys));
    Fields fields({words.begin() + 1, words.end()});
    const auto member = fields.take("member"), use = fields.take("use");
    if (!member || !use) return lines_.error("a key line begins with ID member= use=");
    const auto member_id = MemberId::parse(*member);
    if (!member_id) return lines_.error("the key's member is not an id");
    key.member = *member_id;
    TRY(key_bytes(key, *use, fields));
    TRY(key_life(key, fields));
    if (!fields.done()) return lines_.error("an unknown word at the end of a key line, or one in the wrong place");
    key.hint = RosterKey::Hint{key.use, key.key, key_id_of(key.use, key.key)};
    TRY(unused(key.use, key.key));
    if (key.status == KeyStatus::active && roster_.member(key.member) == nullptr) {
      return lines_.error("an active key of somebody who is no member of this roster");
    }
    roster_.keys.push_back(std::move(key));
    return {};
  }

  Result<void> key_bytes(RosterKey& key, std::string_view use_word, Fields& fields) {
    const auto use = parse_key_use(use_word);
    const auto pub = fields.take("pub");
    const auto vkey_text = pub ? std::nullopt : fields.take("vkey");
    const bool member_use = use && *use != KeyUse::log && *use != KeyUse::root;
    if (!member_use) return lines_.error("a member's key is for sign, curve, hpke or witness");
    if ((*use == KeyUse::witness) != vkey_text.has_value() || (!pub && !vkey_text)) {
      return lines_.error("a witness key has vkey=, any other pub=");
    }
    key.use = *use;
    switch (*use) {
      case KeyUse::sign: key.key = TRY(ed25519(from_base64(*pub))); break;
      case KeyUse::curve: key.key = TRY(x25519(from_z85(*pub))); break;
      case KeyUse::hpke: key.key = TRY(x25519(from_base64(*pub))); break;
      case KeyUse::witness:
        key.vkey = TRY(vkey(*vkey_text, kVkeyCosignature));
        key.key = key.vkey->key;
        break;
      case KeyUse::log:
      case KeyUse::root: break;  // refused above
    }
    return {};
  }

  Result<std::optional<std::uint64_t>> index(Fields& fields, std::string_view name) {
    const auto text = fields.take(name);
    if (!text) return std::optional<std::uint64_t>();
    const auto parsed = parse_decimal(*text);
    if (!parsed) return lines_.error("from, until and trusted-below are decimal numbers");
    return parsed;
  }

  Result<void> key_life(RosterKey& key, Fields& fields) {
    const auto from = TRY(index(fields, "from"));
    if (!from) return lines_.error("a key line has no from=");
    key.from = *from;
    key.until = TRY(index(fields, "until"));
    key.trusted_below = TRY(index(fields, "trusted-below"));
    const auto status = fields.take("status");
    if (status == "active") key.status = KeyStatus::active;
    else if (status == "retired") key.status = KeyStatus::retired;
    else if (status == "revoked") key.status = KeyStatus::revoked;
    else return lines_.error("status is active, retired or revoked");
    if (const auto reason = fields.take("reason")) {
      if (!is_id(*reason)) return lines_.error("a reason is one word of at most 32 letters, digits, dots and dashes");
      key.reason = *reason;
    }
    if (key.until.has_value() != (key.status == KeyStatus::retired)) return lines_.error("a retired key, and no other, has until=");
    if (key.trusted_below.has_value() != (key.status == KeyStatus::revoked)) {
      return lines_.error("a revoked key, and no other, has trusted-below=");
    }
    if (key.status == KeyStatus::active && !key.reason.empty()) return lines_.error("an active key has no reason");
    if (key.status == KeyStatus::revoked && key.reason.empty()) return lines_.error("a revoked key has a reason");
    return {};
  }

  Result<void> unused(KeyUse use, const PublicKey& key) {
    if (!key_ids_.insert(key_id_of(use, key)).second) return lines_.error("another key has the same key_id");
    return {};
  }

  Result<void> tail() {
    if (roster_.members.empty()) return lines_.error("a roster has at least one member");
    const std::uint64_t quorum = TRY(number("witness-quorum"));
    if (quorum > roster_.members.size()) return lines_.error("a quorum of more witnesses than there are members");
    roster_.witness_quorum = static_cast<std::uint32_t>(quorum);
    roster_.policy_sha256 = TRY(hash("policy-sha256"));
    roster_.schemas_sha256 = TRY(hash("schemas-sha256"));
    return lines_.expect_end();
  }

  LineReader lines_;
  Roster roster_;
  std::set<PublicKey> seen_;
  std::set<KeyId> key_ids_;
};

}  // namespace

std::string roster_text(const Roster& r) {
  std::string out = "liaison-roster/v1\nnetwork " + r.network + "\nversion " + std::to_string(r.version);
  out += "\nprevious " + (r.previous ? base64(*r.previous) : std::string("-"));
  out += "\nissued " + rfc3339(r.issued_ms) + "\nexpires " + rfc3339(r.expires_ms);
  out += "\nroot-threshold " + std::to_string(r.root_threshold) + '\n';
  for (const auto& root : r.roots) out += "root " + root.id + ' ' + root.key.text() + '\n';
  out += "broker " + r.broker.id + " sign=" + base64(r.broker.sign) + " curve=" + z85(r.broker.curve) +
         " log=" + r.broker.log.text() + '\n';
  for (const auto& m : r.members) out += "member " + m.id.str() + " port=" + std::to_string(m.port) + " net=" + m.net + '\n';
  for (const auto& key : r.keys) out += key_line(key);
  out += "witness-quorum " + std::to_string(r.witness_quorum);
  out += "\npolicy-sha256 " + base64(r.policy_sha256) + "\nschemas-sha256 " + base64(r.schemas_sha256) + '\n';
  return out;
}

Result<Roster> parse_roster(std::string_view text) {
  RosterParser parser(TRY(LineReader::open(text, kRosterBytesMax, Code::kRoster)));
  auto roster = TRY(parser.parse());
  if (roster_text(roster) != text) return fail(Code::kRoster, "the roster is not in its canonical form");
  return roster;
}

}  // namespace liaison
