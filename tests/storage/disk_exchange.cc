// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/disk_exchange.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "broker/recovery.h"

namespace liaison {

namespace {

constexpr PeerId kPeer{0, 0, 0, 0, 1};

// Writes a member's frames in chain order.
class Pen {
 public:
  Pen(const TinyExchange& tiny, Script& script) : tiny_(tiny), script_(script) {}
  void batch() { script_.batches.emplace_back(); }
  Bytes write(const std::string& member, Letter letter, bool logged = true) {
    auto& head = heads_[member];
    const TinyMember& from = const_cast<TinyExchange&>(tiny_).member(member);
    letter.to = tiny_.others(from.id);
    Bytes frame = tiny_.frame(from, letter, head.first + 1, head.second, TinyExchange::kStart);
    const Hash hash = frame_hash_of(frame);
    if (logged) {
      head = {head.first + 1, message_id_of(to_sign(tiny_.network_id(), *parse_frame(frame)))};
      script_.logged.push_back(hash);
    }
    script_.batches.back().push_back({member, frame});
    return frame;
  }

 private:
  const TinyExchange& tiny_;
  Script& script_;
  std::map<std::string, std::pair<std::uint64_t, MessageId>> heads_;
};

Letter letter(std::string text, std::string kind = "visit.plan") {
  Letter made;
  made.text = std::move(text);
  made.kind = std::move(kind);
  return made;
}

}  // namespace

Script Script::small(const TinyExchange& tiny) {
  Script script;
  Pen pen(tiny, script);
  pen.batch();
  const Bytes first = pen.write("1540", letter("one"));
  pen.batch();
  pen.write("1540", letter("two"));
  pen.write("1267", letter("a refused one", "visit.answer"));   // the policy does not allow this kind
  pen.write("1373", letter("three"));
  pen.batch();
  pen.write("1373", letter(std::string(30'000, 'x')));
  script.restart_before = script.batches.size();
  pen.batch();
  for (int i = 0; i < 6; ++i) pen.write(i % 2 == 0 ? "1267" : "1540", letter("number " + std::to_string(i)));
  pen.batch();
  script.batches.back().push_back({"1540", first});             // once more: the same leaf, for ever
  pen.write("1540", letter("last but one"));
  pen.batch();
  pen.write("1267", letter("last"));
  return script;
}

Script Script::of_64_kib(const TinyExchange& tiny) {
  Script script;
  Pen pen(tiny, script);
  for (const char* member : {"1267", "1373", "1540"}) {
    for (int i = 0; i < 5; ++i) {
      pen.batch();
      pen.write(member, letter("number " + std::to_string(i), i == 3 ? "visit.answer" : "visit.plan"));
    }
    pen.batch();
    pen.write(member, letter(std::string(4000, 'x')));
  }
  script.restart_before = script.batches.size() + 1;
  return script;
}

Script Script::of_two_tiles(const TinyExchange& tiny) {
  Script script;
  Pen pen(tiny, script);
  for (int batch = 0; batch < 18; ++batch) {
    pen.batch();
    for (const char* member : {"1267", "1373", "1540"}) {
      for (int i = 0; i < 10; ++i) pen.write(member, letter("number " + std::to_string(10 * batch + i)));
    }
  }
  script.restart_before = script.batches.size() - 1;
  return script;
}

void Promises::seen_checkpoint(const std::string& note) {
  if (note.empty()) return;
  const auto checkpoint = open_checkpoint(note, tiny_.log_vkey());
  ASSERT_TRUE(checkpoint) << checkpoint.error().what;
  const auto [known, is_new] = roots_.emplace(checkpoint->size, checkpoint->root);
  EXPECT_EQ(known->second, checkpoint->root) << "two roots were signed for size " << checkpoint->size;
}

void Promises::accepted(const Acceptance& acceptance) {
  seen_checkpoint(acceptance.checkpoint);
  const auto [known, is_new] = leaves_.emplace(acceptance.frame_hash, acceptance.leaf);
  EXPECT_EQ(known->second, acceptance.leaf) << "two leaves were promised for one frame";
  const auto leaf = decode_leaf(acceptance.leaf);
  const auto checkpoint = open_checkpoint(acceptance.checkpoint, tiny_.log_vkey());
  ASSERT_TRUE(leaf && checkpoint);
  EXPECT_TRUE(inclusion_holds(leaf_hash(acceptance.leaf), leaf->index, checkpoint->size, acceptance.path, checkpoint->root));
}

void Promises::shown(const Items& items) { seen_checkpoint(items.checkpoint); }

void Promises::check_history(Ledger& ledger) const {
  for (const auto& [size, root] : roots_) {
    ASSERT_LE(size, ledger.size()) << "the log is shorter than a checkpoint that was shown";
    const auto proof = ledger.consistency(size);
    ASSERT_TRUE(proof) << proof.error().what;
    EXPECT_TRUE(consistency_holds(size, ledger.size(), root, ledger.root(), *proof)) << "a second history from size " << size << " on";
  }
}

void Promises::check_leaves(Store& store) const {
  for (const auto& [hash, promised] : leaves_) {
    const auto leaf = decode_leaf(promised);
    ASSERT_TRUE(leaf);
    const auto entry = store.entries(leaf->index, 1, 0);
    ASSERT_TRUE(entry) << entry.error().what;
    ASSERT_EQ(entry->size(), 1U) << "an acknowledged entry is lost: " << leaf->index;
    EXPECT_EQ(entry->front().leaf, *leaf);
    EXPECT_EQ(sha256(entry->front().body), hash);
  }
}

DiskExchange::DiskExchange() {
  limits.free_bytes_min = 1;
  limits.reserve_bytes = 0;
}

void DiskExchange::stop() {
  const bool before = disk.fault_happened();
  gateway_.reset();
  store_.reset();
  fault_in_stop_ = fault_in_stop_ || (!before && disk.fault_happened());
}

Result<void> DiskExchange::start() {
  stop();
  acceptances_ = 0;
  refusals_.clear();
  inner_.receive(SIZE_MAX);
  SqliteStore::Options options;
  options.reserve_bytes = 0;
  options.vfs = "forgetful";
  store_ = TRY(SqliteStore::open(folder.path(), meters_, options));
  gateway_ = std::make_unique<Gateway>(*store_, clock, meters_,
                                       BrokerKeys{tiny.broker_sign.clone(), tiny.broker_log.clone(), tiny.broker_curve.clone()}, limits);
  TRY(gateway_->start());
  gateway_->attach(*this);
  return {};
}

Result<void> DiskExchange::introduce() {
  TRY(gateway_->apply(tiny.note(), tiny.policy));
  for (const TinyMember& member : tiny.members) TRY(who_am_i(member.id.str()));
  return {};
}

void DiskExchange::arrive(const std::string& member, Bytes payload) {
  inner_.arrive({tiny.member(member).id, kPeer, tiny.member(member).curve.public_key(), std::move(payload)});
}

Result<void> DiskExchange::run() {
  if (!one_step) return rest();
  TRY(gateway_->step());
  return {};
}

Result<void> DiskExchange::rest() {
  for (;;) {
    if (!TRY(gateway_->step())) return {};
  }
}

Result<void> DiskExchange::send(const std::vector<Script::Line>& batch) {
  clock.advance(1000);
  for (const Script::Line& line : batch) {
    sent_at_[frame_hash_of(line.frame)].push_back(clock.now().wall_ms);
    arrive(line.member, line.frame);
  }
  return run();
}

Result<void> DiskExchange::live(const Script& script) {
  TRY(start());
  TRY(introduce());
  for (std::size_t i = 0; i < script.batches.size(); ++i) {
    if (i == script.restart_before) {
      TRY(start());
      TRY(introduce());
    }
    TRY(send(script.batches[i]));
  }
  return {};
}

ServerWire::Sent DiskExchange::send(const MemberId& member, const PeerId&, View payload) {
  const auto frame = decode_control(payload);
  EXPECT_TRUE(frame) << "the broker sent bytes that nobody can read";
  if (!frame) return Sent::kYes;
  if (const auto* acceptance = std::get_if<Acceptance>(&frame->control)) {
    acceptances_ += 1;
    acceptances_since_fault_ += disk.fault_happened() ? 1 : 0;
    disk.note("acceptance");
    promises.accepted(*acceptance);
  }
  if (const auto* items = std::get_if<Items>(&frame->control)) promises.shown(*items);
  if (const auto* refusal = std::get_if<Refusal>(&frame->control)) {
    refusals_.push_back(refusal->code);
  } else if (check_stability && !disk.fault_happened()) {   // a batch that failed leaves bytes behind, rightly
    EXPECT_EQ(disk.unstable(), "") << "something was released before it was on stable storage";
  }
  heard_.emplace_back(member.str(), *frame);
  return Sent::kYes;
}

Result<WhoAmIAnswer> DiskExchange::who_am_i(const std::string& member) {
  heard_.clear();
  arrive(member, encode_control(7, WhoAmI{}));
  TRY(run());
  for (const auto& [to, frame] : heard_) {
    if (const auto* answer = std::get_if<WhoAmIAnswer>(&frame.control)) return *answer;
  }
  return fail(Code::kInternal, "WHOAMI was not answered");
}

Result<std::vector<Item>> DiskExchange::everything_for(const std::string& member) {
  std::vector<Item> all;
  while (all.size() < gateway_->ledger().size()) {
    heard_.clear();
    arrive(member, encode_control(9, Fetch{all.size(), 256, 0}));
    TRY(run());
    const Items* items = heard_.empty() ? nullptr : std::get_if<Items>(&heard_.front().second.control);
    if (items == nullptr || items->items.empty()) return fail(Code::kInternal, "FETCH was not answered with items");
    all.insert(all.end(), items->items.begin(), items->items.end());
  }
  return all;
}

std::vector<LeafData> DiskExchange::rows() {
  stop();
  SqliteStore::Options options;
  options.reserve_bytes = 0;
  options.vfs = "forgetful";
  const auto looked = SqliteStore::open(folder.path(), meters_, options);
  if (!looked) return {};
  const auto size = (*looked)->size();
  const auto leaves = size ? (*looked)->leaves(0, *size) : Result<std::vector<LeafData>>(size.error());
  EXPECT_TRUE(leaves);
  return leaves.value_or(std::vector<LeafData>{});
}

void DiskExchange::check_rows_kept(const std::vector<LeafData>& before) {
  const auto after = store_->leaves(0, before.size() + 100);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, before) << "a start changed, cut or added rows";
  EXPECT_EQ(gateway_->ledger().size(), before.size()) << "a row above the signed size was not adopted";
  for (const LeafData& data : *after) {
    const auto leaf = decode_leaf(data);
    ASSERT_TRUE(leaf);
    if (leaf->leaf_class != LeafClass::kFrame) continue;
    const auto& times = sent_at_[leaf->hash];
    EXPECT_NE(std::find(times.begin(), times.end(), leaf->accept_time_ms), times.end()) << "an adopted row has another time";
  }
}

void DiskExchange::recover_and_finish(const Script& script) {
  const std::vector<LeafData> before = rows();
  clock.advance(3'600'000);   // so that a row judged anew would show it
  const auto started = start();
  ASSERT_TRUE(started) << started.error().what;
  check_rows_kept(before);
  promises.check_leaves(*store_);
  promises.check_history(const_cast<Ledger&>(gateway_->ledger()));
  const auto lived = live(script);
  ASSERT_TRUE(lived) << lived.error().what;
  check_complete(script);
}

void DiskExchange::check_complete(const Script& script) {
  std::multiset<Hash> expected(script.logged.begin(), script.logged.end());
  const auto entries = store_->entries(0, script.logged.size() + 100, SIZE_MAX / 2);
  ASSERT_TRUE(entries) << entries.error().what;
  std::multiset<Hash> found;
  for (const Entry& entry : *entries) {
    if (entry.is_frame()) found.insert(entry.leaf.hash);
  }
  EXPECT_EQ(found, expected) << "not every frame stands in the log exactly once";
  EXPECT_EQ(promises.leaves().size(), expected.size());
  promises.check_leaves(*store_);
  promises.check_history(const_cast<Ledger&>(gateway_->ledger()));
  EXPECT_EQ(examine(*store_), std::vector<std::string>{});
}

}  // namespace liaison
