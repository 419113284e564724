// SPDX-License-Identifier: Apache-2.0
// Committees' nodes on real files, moved by hand: a scripted broker, a clock that the test moves, no sockets and no threads.
// run() lets everybody work until nobody has anything to do now, and sees that all of them then rest.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "nodes/link.h"
#include "nodes/node.h"
#include "security/audit.h"
#include "security/hash.h"
#include "tests/doubles/scripted_broker.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {

inline MemberId id_of(std::string_view text) { return *MemberId::parse(text); }

// What an officer types of a visit of one day.
inline nlohmann::json visit_on(const std::string& day = "2030-03-01") {
  return {{"title", "A visit"}, {"states", {"KGZ"}}, {"components", {{{"start", day}}}}};
}

class NodeFixture : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kSecond = 1'000, kMinute = 60'000, kHour = 3'600'000, kDay = 24 * kHour;
  static constexpr std::int64_t kFirstDay = 21'915;   // 2030-01-01

  struct Station {
    MemberId member;
    std::filesystem::path file;
    NodeSettings settings;
    std::unique_ptr<Node> node;
    std::unique_ptr<Link> link;
    std::int64_t skew_ms = 0;      // how far its clock is ahead of the broker's
    std::vector<News> news;
    std::vector<SigningKey> more_sign;
    std::vector<AgreementKey> more_hpke;
  };

  NodeFixture() {
    open_log("nodes_test", LogFormat::kText, "off");
    broker.add_roster(tiny.note());
    broker.add_policy(tiny.policy);
  }

  // --- nodes
  Station& add(const std::string& id) {
    Station& station = stations[id];
    station.member = id_of(id);
    station.file = folder.path() / (id + ".db");
    station.settings.contact = id + " desk";
    station.settings.window_days = 0;
    station.settings.lazy_commit_ms = 0;
    station.settings.limits.receipt_pause_ms = 0;
    station.settings.database.full_sync = false;
    open(station);
    return station;
  }
  // As a start does; what was not committed is gone.
  void open(Station& station) {
    station.link.reset();
    station.node.reset();
    auto opened = Node::open(station.file, identity_of(station), station.settings);
    ASSERT_TRUE(opened) << opened.error().what;
    station.node = std::move(*opened);
    broker.line(station.member).cut();
    broker.line(station.member).connect();
    station.link = std::make_unique<Link>(broker.line(station.member), *station.node);
  }
  Identity identity_of(const Station& station) const {
    const TinyMember& keys = *std::find_if(tiny.members.begin(), tiny.members.end(), [&](const TinyMember& m) { return m.id == station.member; });
    Identity identity;
    identity.member = station.member;
    identity.sign.push_back(keys.sign.clone());
    for (const SigningKey& key : station.more_sign) identity.sign.push_back(key.clone());
    identity.hpke.push_back(keys.hpke.clone());
    for (const AgreementKey& key : station.more_hpke) identity.hpke.push_back(key.clone());
    identity.curve.push_back(keys.curve.clone());
    identity.pinned.push_back(*trust_first_roster(tiny.note()));
    identity.network = tiny.network_id();
    return identity;
  }
  Node& node(const std::string& id = "1540") { return *stations.at(id).node; }
  ScriptedBroker::Line& line(const std::string& id = "1540") { return broker.line(id_of(id)); }
  Now now_of(const Station& station) {
    const Now now = clock.now();
    return {static_cast<TimeMs>(static_cast<std::int64_t>(now.wall_ms) + station.skew_ms), now.monotonic_ms};
  }

  // --- time
  static constexpr std::uint64_t kGather = 25;
  bool step(Station& station) {
    const Now now = now_of(station);
    const auto worked = station.link->step(now);
    EXPECT_TRUE(worked) << worked.error().what;
    const auto ticked = station.node->tick(now);
    EXPECT_TRUE(ticked) << ticked.error().what;
    auto outcome = station.node->settle(now);
    EXPECT_TRUE(outcome) << outcome.error().what;
    station.link->dispatch(*outcome, now);
    const bool busy = station.link->idle_ms(now, 1'000) == 0 || broker.line(station.member).ready() || !outcome->sends.empty() || !outcome->events.empty() ||
                      outcome->ask_who;
    for (News& one : outcome->events) station.news.push_back(std::move(one));
    for (News& one : station.link->take_news()) station.news.push_back(std::move(one));
    return busy;
  }
  void run() {
    int rests = 0;
    for (int round = 0; round < 2'000; ++round) {
      bool busy = false;
      for (auto& [id, station] : stations) busy = step(station) || busy;
      if (busy) continue;
      // A link that lets messages gather, or found no room, wants to be called again in some milliseconds.
      std::uint64_t rest = kGather + 1;
      for (auto& [id, station] : stations) rest = std::min(rest, station.link->idle_ms(now_of(station), kGather + 1));
      if (rest <= kGather && rests++ < 20) {
        clock.advance(rest);
        continue;
      }
      for (auto& [id, station] : stations) EXPECT_GT(station.node->idle_ms(now_of(station), 1'000), 0U) << id << " does not rest";
      return;
    }
    ADD_FAILURE() << "there is always something to do";
  }
  void pass(std::uint64_t ms, std::uint64_t at_once = 5'000) {
    while (ms > 0) {
      const std::uint64_t piece = std::min(ms, at_once);
      clock.advance(piece);
      ms -= piece;
      run();
    }
  }

  // --- what officers do
  // A plan of this committee, its days apart from all others'; the record's id.
  std::string plan(const std::string& from, const nlohmann::json& more = nlohmann::json::object()) {
    auto planned = try_plan(from, more);
    if (!planned) ADD_FAILURE() << planned.error().what;
    return planned ? planned->first : std::string();
  }
  Result<std::pair<std::string, Submission>> try_plan(const std::string& from, const nlohmann::json& more = nlohmann::json::object()) {
    Station& station = stations.at(from);
    nlohmann::json fields{{"states", {"KGZ"}}, {"components", {{{"start", date_text(kFirstDay + 10 * planned_++)}}}}};
    fields.update(more);
    const Now now = now_of(station);
    Attempt attempt = TRY(Attempt::begin(*station.node));
    const Draft draft = TRY(station.node->visits().plan(fields, Visits::Origin::kOfficer, now.wall_ms));
    Submission submission = TRY(station.node->submit(draft, "request-" + std::to_string(planned_), Outbox::Signing::kNow, now));
    TRY(attempt.keep());
    return std::pair{draft.record_id, std::move(submission)};
  }
  Result<Submission> try_answer(const std::string& from, const std::string& record) {
    Station& station = stations.at(from);
    const Now now = now_of(station);
    Attempt attempt = TRY(Attempt::begin(*station.node));
    const Draft draft = TRY(station.node->visits().answer(record, {{"answer", "joins"}, {"body", "Group of Experts"}}, Visits::Origin::kOfficer, now.wall_ms));
    Submission submission = TRY(station.node->submit(draft, "answer-" + record, Outbox::Signing::kNow, now));
    TRY(attempt.keep());
    return submission;
  }
  std::string delivery(const std::string& at, const std::string& record) {
    const auto shown = node(at).visits().show(record);
    return shown ? (*shown)["delivery"].get<std::string>() : std::string("not shown");
  }
  std::vector<std::string> records(const std::string& at) {
    std::vector<std::string> out;
    const auto page = node(at).visits().list({{"limit", "500"}});
    EXPECT_TRUE(page);
    for (const auto& one : (*page)["items"]) out.push_back(one["id"].get<std::string>());
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<MessageRow> sent(const std::string& by = "1540", const std::string& kind = "visit.plan") {
    auto rows = node(by).rows().list({true, kind, ""}, 0, 1'000);
    EXPECT_TRUE(rows);
    std::reverse(rows->begin(), rows->end());
    return std::move(*rows);
  }
  std::vector<MessageState> states(const std::string& by = "1540") {
    std::vector<MessageState> out;
    for (const MessageRow& row : sent(by)) out.push_back(row.state);
    return out;
  }
  // Open alarms as "kind/subject", sorted.
  std::vector<std::string> alarms(const std::string& at = "1540") {
    std::vector<std::string> out;
    for (const auto& row : alarm_rows(at)) if (!row.cleared_ms) out.push_back(row.kind + "/" + row.subject);
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<Alarms::Row> alarm_rows(const std::string& at = "1540") {
    auto rows = node(at).alarms().list({}, 200);
    EXPECT_TRUE(rows);
    return rows ? std::move(*rows) : std::vector<Alarms::Row>();
  }
  std::optional<std::string> stopped(const std::string& at = "1540") { return node(at).publishing_stopped(now_of(stations.at(at))); }

  // --- a member without a node of ours: whatever it or the broker likes to do
  static std::string plan_body(const std::string& lead, std::uint64_t number) {
    VisitPlan plan;
    const std::string digits = std::to_string(number);
    plan.record_id = lead + "-V-2026-" + std::string(4 - std::min<std::size_t>(4, digits.size()), '0') + digits;
    plan.revision = 1;
    plan.lead = id_of(lead);
    plan.title = "A visit";
    plan.states = {{"TJK", ""}};
    const std::string day = date_text(kFirstDay + 10 * static_cast<std::int64_t>(number));
    plan.components = {{ComponentMode::on_site, day, day, DatePrecision::day, {}}};
    plan.paragraph = "S/RES/1977 (2011), paragraph 19";
    plan.contact = "desk";
    return std::string(text_of(encode_visit_plan(plan)));
  }
  // The next letter of `from` to 1540 alone, chained to what the log holds, having seen what the log holds.
  Letter letter(const std::string& from) {
    const auto* before = broker.newest_of(id_of(from));
    Letter out{{id_of("1540")}, "visit.plan", "named", plan_body(from, before == nullptr ? 1 : before->sequence + 1)};
    out.pair_seq = 1 + static_cast<std::uint64_t>(std::count_if(broker.log.begin(), broker.log.end(), [&](const ScriptedBroker::Entry& entry) {
                     return entry.sender == id_of(from) && entry.recipients == out.to && decode_header(parse_frame(entry.body)->header)->kind != kKindReceipt;
                   }));
    return out;
  }
  Bytes frame_of(const std::string& from, const Letter& letter, const SigningKey* key = nullptr) {
    const auto* before = broker.newest_of(id_of(from));
    Letter seeing = letter;
    seeing.edit = [&](Header& header) {
      header.seen_size = broker.log.size();
      header.seen_root = *ScriptedBroker::tree_of(broker.log).root();
      if (letter.edit) letter.edit(header);
    };
    const TinyMember& member = tiny.member(from);
    if (key == nullptr)
      return tiny.frame(member, seeing, before == nullptr ? 1 : before->sequence + 1, before == nullptr ? kZeroHash : before->message_id, clock.now().wall_ms);
    TinyMember stranger = TinyMember(member.id, 0);
    stranger.sign = key->clone();
    stranger.hpke = member.hpke.clone();
    return tiny.frame(stranger, seeing, 1, before == nullptr ? kZeroHash : before->message_id, clock.now().wall_ms);
  }
  std::uint64_t post(const std::string& from, const Letter& letter, Code verdict = Code::kAccepted) {
    return broker.add_frame(frame_of(from, letter), verdict);
  }
  std::uint64_t post(const std::string& from) { return post(from, letter(from)); }
  bool has_record(const std::string& record) { return node().visits().show(record).has_value(); }
  std::uint64_t post_receipt(const std::string& from, const std::vector<Covered>& covered) {
    return post(from, {{id_of("1540")}, std::string(kKindReceipt), "public", std::string(text_of(encode_receipt(covered))), kSuitePlain});
  }
  // What 1540 told this member in receipts, in log order.
  std::vector<Code> verdicts_to(const std::string& member) {
    std::vector<Code> out;
    for (const auto& entry : broker.log) {
      if (entry.sender != id_of("1540") || entry.recipients != std::vector{id_of(member)}) continue;
      const FrameView view = *parse_frame(entry.body);
      if (decode_header(view.header)->kind != kKindReceipt) continue;
      const std::vector<Covered> covered = *decode_receipt(view.body);
      for (const Covered& one : covered) out.push_back(one.verdict);
    }
    return out;
  }
  // A roster after the newest, changed by `edit`, and the policy with these rules before it when there are any.
  void change_roster(const std::function<void(Roster&)>& edit, const std::string& rules = "") {
    Roster next = TinyExchange::next_roster(rosters_.empty() ? tiny.roster : rosters_.back(), edit);
    if (!rules.empty()) {
      const std::string file = TinyExchange::policy_text(2, sha256(view_of(tiny.policy)), rules);
      next.policy_sha256 = sha256(view_of(file));
      broker.add_policy(file);
    }
    rosters_.push_back(next);
    broker.add_roster(tiny.signed_note(next));
  }
  static RosterKey& key_of(Roster& roster, const std::string& id) {
    return *std::find_if(roster.keys.begin(), roster.keys.end(), [&](const RosterKey& key) { return key.id == id; });
  }

  TinyExchange tiny;
  TempFolder folder;
  ManualClock clock{TinyExchange::kStart};
  ScriptedBroker broker{tiny, clock};
  std::map<std::string, Station> stations;

 private:
  int planned_ = 0;
  std::vector<Roster> rosters_;
};

// One node of ours, 1540, which has met the broker.
class OneNode : public NodeFixture {
 protected:
  OneNode() {
    add("1540");
    run();
  }
};
// All three.
class ThreeNodes : public NodeFixture {
 protected:
  ThreeNodes() {
    for (const char* id : {"1267", "1373", "1540"}) add(id);
    run();
  }
};

}  // namespace liaison
