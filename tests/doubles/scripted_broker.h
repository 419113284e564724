// SPDX-License-Identifier: Apache-2.0
// A broker on paper for nodes: it keeps the chains, logs, signs and serves as the real one does, in memory, and lies where a
// test says so. All it knows is `log`: a test may change it as it likes, and every answer and proof is made from it anew.
// Each member has a ClientWire. One thread; answers are there as soon as they are asked for.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "security/channel.h"
#include "tests/doubles/manual_clock.h"
#include "tests/doubles/tiny_exchange.h"

namespace liaison {

class ScriptedBroker {
 public:
  struct Entry {
    Leaf leaf;
    Bytes body;
    // Of a frame:
    MemberId sender;
    std::vector<MemberId> recipients;
    KeyId key_id{};
    std::uint64_t sequence = 0;
    MessageId message_id{};
  };
  using Log = std::vector<Entry>;
  struct Heard { MemberId from; Header header; Bytes frame; std::uint64_t at_ms = 0; };   // monotonic

  ScriptedBroker(const TinyExchange& tiny, ManualClock& clock) : tiny_(tiny), clock_(clock) {
    for (const TinyMember& member : tiny.members) keys[key_id_of(KeyUse::sign, member.sign.public_key())] = {member.id, member.sign.public_key()};
  }

  // --- what it holds and was told
  Log log;
  std::map<KeyId, std::pair<MemberId, PublicKey>> keys;
  std::vector<Heard> heard;                 // every MESSAGE that arrived
  std::map<MemberId, Log> shown;            // the log as this member alone is shown it

  // --- its script
  bool deaf = false;                                             // MESSAGEs are lost on the way
  std::function<std::optional<Refusal>(const Header&)> refuse;   // code and detail, instead of logging
  std::function<Code(const Header&)> verdict;                    // of what is logged
  std::function<bool(const MemberId&, Control&)> lie;            // changes an answer that leaves; false drops it

  // --- the log, by hand: nothing is judged
  std::uint64_t add(LeafClass leaf_class, const Hash& hash, Bytes body, Code code = Code::kAccepted) {
    const TimeMs before = log.empty() ? 0 : log.back().leaf.accept_time_ms;
    Entry entry;
    entry.leaf = {leaf_class, code, log.size(), std::max(before, clock_.now().wall_ms), hash};
    entry.body = std::move(body);
    log.push_back(std::move(entry));
    return log.size() - 1;
  }
  std::uint64_t add_roster(const std::string& note) {
    return add(LeafClass::kRoster, parse_note(note)->text_hash(), bytes_of(view_of(note)));
  }
  std::uint64_t add_policy(const std::string& file) { return add(LeafClass::kPolicy, sha256(view_of(file)), bytes_of(view_of(file))); }
  std::uint64_t add_frame(Bytes frame, Code code = Code::kAccepted) {
    const FrameView view = *parse_frame(frame);
    const auto header = decode_header(view.header);
    const MessageId id = message_id_of(to_sign(tiny_.network_id(), view));
    const KeyId key_id = view.key_id;
    const Hash hash = sha256(frame);
    const std::uint64_t index = add(LeafClass::kFrame, hash, std::move(frame), code);
    log.back().key_id = key_id;
    log.back().message_id = id;
    if (!header) return index;
    log.back().sender = header->sender;
    log.back().recipients = header->recipients;
    log.back().sequence = header->sequence;
    return index;
  }
  static Tree tree_of(const Log& entries) {
    Tree tree([](std::uint64_t) { return Result<std::vector<Hash>>(std::vector<Hash>{}); });
    for (const Entry& entry : entries) tree.append(leaf_hash(encode_leaf(entry.leaf)));
    return tree;
  }
  std::string note_of(const Log& entries, std::uint64_t size) const {
    return sign_checkpoint({log_origin(tiny_.roster.network), size, *tree_of(entries).root(size)}, tiny_.broker_log);
  }
  const Entry* newest_of(const MemberId& member) const {
    const auto at = std::find_if(log.rbegin(), log.rend(), [&](const Entry& e) { return e.leaf.leaf_class == LeafClass::kFrame && e.sender == member; });
    return at == log.rend() ? nullptr : &*at;
  }

  // --- a member's line
  class Line final : public ClientWire {
   public:
    Line(ScriptedBroker& broker, MemberId member) : broker_(broker), member_(std::move(member)) {}
    bool send(View payload) override {
      if (!up_ || (full && full(payload))) return false;
      if (on_send) on_send(payload);
      broker_.take(*this, payload);
      return true;
    }
    std::optional<Bytes> receive() override {
      broker_.serve(*this);
      if (!up_ || answers_.empty()) return std::nullopt;
      Bytes answer = std::move(answers_.front());
      answers_.pop_front();
      return answer;
    }
    bool connected() const override { return up_; }
    std::uint64_t handshakes() const override { return handshakes_; }
    std::string trouble() const override { return says; }
    void reconnect() override { ++reconnects, cut(), connect(); }
    void cut() { up_ = false, answers_.clear(), fetches_.clear(); }
    void connect() { up_ = true, ++handshakes_; }
    // Something has arrived that was not received yet.
    bool ready() {
      broker_.serve(*this);
      return up_ && !answers_.empty();
    }
    void put(Bytes payload) { answers_.push_back(std::move(payload)); }
    std::size_t waiting() const { return fetches_.size(); }

    std::function<bool(View)> full;             // there is no room for this payload now
    std::function<void(View)> on_send;          // before the broker sees it
    std::string says;
    std::uint64_t reconnects = 0, who_am_is = 0, fetched = 0;

   private:
    friend class ScriptedBroker;
    struct Waiting { std::uint32_t id = 0; Fetch fetch; std::uint64_t until_ms = 0; };
    ScriptedBroker& broker_;
    MemberId member_;
    bool up_ = true;
    std::uint64_t handshakes_ = 1;
    std::deque<Bytes> answers_;
    std::deque<Waiting> fetches_;
  };
  Line& line(const MemberId& member) { return lines_.try_emplace(member, *this, member).first->second; }

 private:
  void answer(Line& line, std::uint32_t id, Control control) {
    if (lie && !lie(line.member_, control)) return;
    line.answers_.push_back(encode_control(id, control));
  }
  void take(Line& line, View payload) {
    if (frame_type(payload) == FrameType::kMessage) return take_message(line, payload);
    auto asked = decode_control(payload);
    CHECK(asked.has_value());
    if (const auto* fetch = std::get_if<Fetch>(&asked->control)) {
      ++line.fetched;
      line.fetches_.push_back({asked->request_id, *fetch, clock_.now().monotonic_ms + fetch->wait_ms});
    }
    if (std::holds_alternative<WhoAmI>(asked->control)) {
      ++line.who_am_is;
      answer(line, asked->request_id, who(line.member_));
    }
  }
  const Log& log_for(const MemberId& member) const {
    const auto own = shown.find(member);
    return own == shown.end() ? log : own->second;
  }
  void serve(Line& line) {
    const Log& entries = log_for(line.member_);
    for (auto at = line.fetches_.begin(); at != line.fetches_.end();) {
      if (at->fetch.from == entries.size() && clock_.now().monotonic_ms < at->until_ms) {
        ++at;
        continue;
      }
      const auto [id, fetch, until_ms] = *at;
      at = line.fetches_.erase(at);
      if (fetch.from > entries.size()) answer(line, id, refusal({}, Code::kRange, 0));
      else answer(line, id, items(line.member_, entries, fetch));
    }
  }
  static Items items(const MemberId& member, const Log& entries, const Fetch& fetch, const std::string& note) {
    Items out;
    std::size_t bytes = 0;
    for (std::uint64_t i = fetch.from; i < entries.size() && out.items.size() < fetch.max_items && bytes < 90'000; ++i) {
      const Entry& entry = entries[i];
      const bool frame = entry.leaf.leaf_class == LeafClass::kFrame;
      const bool named = std::find(entry.recipients.begin(), entry.recipients.end(), member) != entry.recipients.end();
      const bool due = !frame || entry.sender == member || (named && entry.leaf.verdict == Code::kAccepted);
      out.items.push_back({bytes_of(encode_leaf(entry.leaf)), due ? entry.body : Bytes{}});
      bytes += out.items.back().body.size() + 52;
    }
    const std::uint64_t end = fetch.from + out.items.size();
    out.checkpoint = note;
    if (end != 0) out.consistency = *tree_of(entries).consistency(end, entries.size());
    return out;
  }
  Items items(const MemberId& member, const Log& entries, const Fetch& fetch) const {
    return items(member, entries, fetch, note_of(entries, entries.size()));
  }
  Acceptance acceptance(std::uint64_t index) const {
    const Entry& entry = log[index];
    return {entry.leaf.hash, bytes_of(encode_leaf(entry.leaf)), *tree_of(log).inclusion(index, log.size()), note_of(log, log.size()), "all", "a basis"};
  }
  WhoAmIAnswer who(const MemberId& member) const {
    WhoAmIAnswer out{member, {}, clock_.now().wall_ms};
    for (const auto& [key_id, owner] : keys) {
      if (owner.first != member) continue;
      const auto at = std::find_if(log.rbegin(), log.rend(), [&](const Entry& e) { return e.sequence != 0 && e.key_id == key_id; });
      if (at != log.rend()) out.heads.push_back({key_id, at->sequence, at->message_id, acceptance(at->leaf.index)});
    }
    return out;
  }
  Refusal refusal(const Hash& frame_hash, Code code, std::uint64_t detail) const {
    Refusal out{frame_hash, code, detail, std::string(code_sentence(code)), clock_.now().wall_ms, {}};
    sign_refusal(out, tiny_.network_id(), tiny_.broker_sign);
    return out;
  }
  void take_message(Line& line, View payload) {
    if (deaf) return;
    const FrameView view = *parse_frame(payload);
    const auto key = keys.find(view.key_id);
    CHECK(key != keys.end());
    const auto frame = verify_frame(tiny_.network_id(), key->second.second, bytes_of(payload));
    CHECK(frame.has_value());
    heard.push_back({line.member_, frame->header(), bytes_of(payload), clock_.now().monotonic_ms});
    const auto same = std::find_if(log.begin(), log.end(), [&](const Entry& e) { return e.sequence != 0 && e.message_id == frame->message_id(); });
    if (same != log.end()) return answer(line, 0, acceptance(same->leaf.index));
    if (auto turned_away = judge(*frame)) return answer(line, 0, refusal(frame->frame_hash(), turned_away->code, turned_away->detail));
    answer(line, 0, acceptance(add_frame(bytes_of(payload), verdict ? verdict(frame->header()) : Code::kAccepted)));
  }
  std::optional<Refusal> judge(const VerifiedFrame& frame) const {
    const Header& header = frame.header();
    if (refuse) {
      if (auto scripted = refuse(header)) return scripted;
    }
    const auto away = [](Code code, std::uint64_t detail = 0) { return Refusal{{}, code, detail, {}, 0, {}}; };
    const TimeMs now = clock_.now().wall_ms;
    if (header.created_at_ms > now + 300'000) return away(Code::kClock, header.created_at_ms - now);
    std::uint64_t last = 0;
    for (const Entry& entry : log) if (entry.sequence != 0 && entry.key_id == frame.key_id()) last = entry.sequence;
    if (header.sequence <= last) return away(Code::kEquivocation);
    if (header.sequence > last + 1) return away(Code::kGap, last + 1);
    const Entry* before = newest_of(header.sender);
    if (header.previous != (before == nullptr ? kZeroHash : before->message_id)) return away(Code::kChain);
    return std::nullopt;
  }

  const TinyExchange& tiny_;
  ManualClock& clock_;
  std::map<MemberId, Line> lines_;
};

}  // namespace liaison
