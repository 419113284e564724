// SPDX-License-Identifier: Apache-2.0
// One good specimen of each thing the exchange encodes, for the tests of this folder.
#pragma once

#include <utility>
#include <vector>

#include "schemas/message.h"
#include "schemas/visit.h"
#include "tests/doubles/member.h"

namespace liaison::samples {

inline Hash hash(std::uint8_t seed) {
  Hash out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(seed + i);
  return out;
}

inline Header header() {
  Header h;
  h.sender = member("1540");
  h.schema_id = hash(1);
  h.kind = "visit.plan";
  h.marking = "named";
  h.recipients = {member("1267"), member("1373")};
  h.sequence = 7;
  h.previous = hash(2);
  h.created_at_ms = 1'795'000'000'000;
  h.not_after_ms = h.created_at_ms + 1000;
  h.roster_version = 3;
  h.policy_hash = hash(3);
  h.seen_size = 41;
  h.seen_root = hash(4);
  h.nonce = {9, 8, 7, 6, 5, 4, 3, 2, 1};
  h.suite = kSuiteSealed;
  h.key_commitment = hash(5);
  return h;
}

inline Acceptance acceptance() {
  return {hash(6), Bytes(52, 1),          {hash(7), hash(8)}, "liaison.example.org/log/1\n9\nAAAA\n",
          "p1",    "S/RES/1977 (2011) 19"};
}

// One of each type, 2 to 8 in order.
inline std::vector<Control> controls() {
  return {Fetch{12, 256, 20'000},
          Items{{{Bytes(52, 1), Bytes(90, 2)}, {Bytes(52, 3), {}}}, "note\n", {hash(9)}},
          acceptance(),
          Refusal{hash(10), Code::kGap, 5, "earlier messages are missing", 1'795'000'000'000, Signature{1, 2, 3}},
          WhoAmI{},
          WhoAmIAnswer{member("1540"), {{KeyId{1, 2}, 7, hash(11), acceptance()}}, 1'795'000'000'000},
          CheckpointMessage{"liaison.example.org/log/1\n9\nAAAA\n"}};
}

inline std::vector<Covered> covered(std::size_t count) {
  std::vector<Covered> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back({hash(static_cast<std::uint8_t>(i)), hash(static_cast<std::uint8_t>(i + 100)), i, i + 1,
                   i % 2 == 0 ? Code::kAccepted : Code::kOpen});
  }
  return out;
}

inline VisitPlan plan() {
  VisitPlan p;
  p.record_id = "1540-V-2026-0001";
  p.revision = 2;
  p.previous_revision = hash(12);
  p.lead = member("1540");
  p.status = VisitStatus::consent_granted;
  p.kind = VisitKind::hybrid;
  p.title = "Visit to Kyrgyzstan";
  p.states = {{"KGZ", "Kyrgyz Republic"}, {"CIV", "Côte d’Ivoire"}};
  p.components = {{ComponentMode::virtual_, "2027-02", "2027-02", DatePrecision::month, {}},
                  {ComponentMode::on_site, "2027-03-08", "2027-03-12", DatePrecision::day, {"Bishkek", "Osh"}}};
  p.aims = {"action_plan"};
  p.consent = {ConsentStatus::granted, "2026-11-20", "note verbale 12/2026", "Permanent Mission"};
  p.invitation = Invitation{"2026-10-02", "NV/77", "Permanent Mission"};
  p.participation = {{"1373", ParticipationRole::invited, ""}, {"UNODC", ParticipationRole::advises, "by video"}};
  p.paragraph = "S/RES/1977 (2011) 11";
  p.contact = "1540 secretariat";
  p.note = "First line.\nSecond line.";
  p.reports = {{ReportKind::preliminary, "2027-03-12", ""}, {ReportKind::draft, "2027-04-20", "S/AC.44/2027/7"}};
  return p;
}

inline VisitAnswer answer() {
  VisitAnswer a;
  a.record_id = "1540-V-2026-0001";
  a.revision = 2;
  a.plan_hash = hash(13);
  a.answer = AnswerKind::joins;
  a.body = "CTED";
  a.text = "Two experts for the border part.";
  a.contact = "CTED front office";
  return a;
}

}  // namespace liaison::samples
