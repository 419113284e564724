// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_records.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "nodes/api/routes.h"
#include "nodes/cli/bench_node.h"
#include "nodes/cli/bench_samples.h"
#include "nodes/cli/bench_times.h"
#include "nodes/composer.h"
#include "nodes/domain/overlap_cells.h"
#include "nodes/domain/states.h"
#include "security/durable.h"
#include "security/hash.h"

namespace liaison {
namespace {

using nlohmann::json;
using Query = std::map<std::string, std::string>;

constexpr int kPlansChecked = 200, kCompared = 5;
constexpr TimeMs kRecordsNow = 1'795'942'800'000;   // 2026-11-29
constexpr std::int64_t kToday = static_cast<std::int64_t>(kRecordsNow / kDayMs);
constexpr std::int64_t kRecordsYears = 8, kOldDays = 180;
constexpr std::uint64_t kVisitsOf = 10, kRevisedOf = 10, kAnsweredOf = 10;   // every tenth
constexpr std::uint64_t kHiddenCells = 10'000;
// How many of a kind there are beside one of those that are not named.
const std::map<std::string, unsigned> kShares = {{"assistance.request", 5}, {"assistance.offer", 3}, {"assistance.match", 3}, {"contact", 2}, {"event", 6},
                                                 {"letter", 10},            {"matrix", 2},           {"obligation", 4},       {"submission", 8}};

// One message on its way into the log.
struct Letter {
  std::string kind, record_id;
  MemberId sender;
  Bytes body;
};

class KnownRecords {
 public:
  static Result<std::unique_ptr<KnownRecords>> make(const BenchFolder& made) {
    const std::string passphrase = TRY(read_file(made.folder / "passphrase"));
    Identity identity = TRY(open_identity(made.node(kBenchSenders[0]), *MemberId::parse(kBenchSenders[0]), Secret::copy_of(view_of(passphrase))));
    std::filesystem::create_directories(made.folder / "records");
    auto known = std::unique_ptr<KnownRecords>(new KnownRecords());
    known->network_ = identity.network;
    NodeSettings settings;
    settings.contact = kBenchSenders[0] + " secretariat";
    known->file_ = made.folder / "records/node.db";
    known->node_ = TRY(Node::open(known->file_, std::move(identity), settings));
    known->link_ = std::make_unique<Link>(known->wire_, *known->node_);
    known->routes_ = std::make_unique<Routes>(*known->node_, *known->link_, "", [] { return Result<void>(); });
    return known;
  }

  // The newest last, as a log has them; nothing is folded yet.
  Result<void> fill(std::uint64_t count) {
    const auto turns = turns_of_kinds();
    const std::int64_t first = kToday - kRecordsYears * 365;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto day = first + static_cast<std::int64_t>(i * static_cast<std::uint64_t>(kRecordsYears * 365) / count);
      const MemberId& owner = members_[random_() % members_.size()];
      if (i % kVisitsOf == 0) TRY(add_visit(owner, day));
      else TRY(add_record(*turns[random_() % turns.size()], owner, day));
      if (i % 1000 == 999) TRY(node_->store().commit());
    }
    return node_->store().commit();
  }

  // A page as the API answers it; what is not 200 is the bench's own mistake.
  Result<PageTime> asked(const std::string& key, const std::string& what, const std::function<HttpRequest()>& next) {
    std::vector<double> times;
    std::size_t bytes = 0;
    for (int i = 0; i < kBenchRounds; ++i) {
      const HttpRequest request = next();
      const auto start = SteadyClock::now();
      const HttpResponse answer = routes_->answer(request, {kRecordsNow, 1'000'000});
      times.push_back(ms_since(start));
      if (answer.status != 200) return fail(Code::kInternal, what + ": " + request.path + " says " + answer.body.substr(0, 400));
      bytes += answer.body.size();
    }
    return time_of(key, what + " (" + std::to_string(bytes / kBenchRounds / 1024) + " KiB)", std::move(times));
  }

  // What the draft says of it and what the views make of it, and all of it taken back.
  Result<double> plan_ms(int number) {
    const auto day = kToday + static_cast<std::int64_t>(random_() % 300);
    const json fields = {{"states", {samples_.state()}}, {"title", "One plan more"},
                         {"components", {{{"start", date_text(day)}, {"end", date_text(day + 4)}}}}};
    const auto start = SteadyClock::now();
    {
      const Attempt attempt = TRY(Attempt::begin(*node_));
      const Draft draft = TRY(node_->visits().plan(fields, Visits::Origin::kOfficer, kRecordsNow));
      const MessageId id = sha256({draft.body, view_of(std::to_string(number))});
      TRY(node_->views().apply({id, members_[0], draft.recipients, draft.kind, draft.marking, {}, std::nullopt, kRecordsNow, draft.body}));
    }
    const double ms = ms_since(start);
    node_->store().rollback();
    return ms;
  }

  Node& node() { return *node_; }
  SampleRecords& samples() { return samples_; }
  std::mt19937& random() { return random_; }
  std::uint64_t messages() const { return index_ - kFirstIndex; }
  std::uintmax_t bytes() const { return std::filesystem::file_size(file_); }
  const std::string& any_record() { return records_[random_() % records_.size()]; }
  const std::string& any_visit() { return visits_[random_() % visits_.size()]; }
  const std::string& any_member() { return members_[random_() % members_.size()].str(); }
  std::int64_t any_day() { return kToday - static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(kRecordsYears * 365)); }

 private:
  static constexpr std::uint64_t kFirstIndex = 2;
  KnownRecords() : samples_(members_of(), random_) {}

  static std::vector<MemberId> members_of() {
    std::vector<MemberId> out;
    for (const auto& member : kBenchSenders) out.push_back(*MemberId::parse(member));
    return out;
  }
  static std::vector<const RecordKind*> turns_of_kinds() {
    std::vector<const RecordKind*> out;
    for (const RecordKind& kind : record_kinds()) {
      const auto share = kShares.find(kind.kind);
      out.insert(out.end(), share == kShares.end() ? 1 : share->second, &kind);
    }
    return out;
  }

  Result<void> add_visit(const MemberId& owner, std::int64_t day) {
    const VisitPlan plan = samples_.visit(owner, day);
    visits_.push_back(plan.record_id);
    return add({std::string(kKindVisitPlan), plan.record_id, owner, encode_visit_plan(plan)}, day);
  }

  Result<void> add_record(const RecordKind& kind, const MemberId& owner, std::int64_t day) {
    const Record record = samples_.record(kind, owner, day, day < kToday - kOldDays);
    const Bytes body = encode_record(record);
    records_.push_back(record.record_id);
    TRY(add({kind.kind, record.record_id, owner, body}, day));
    if (records_.size() % kAnsweredOf == 0 && !kind.answers.empty()) TRY(add_answer(record, body, day));
    if (records_.size() % kRevisedOf != 0) return {};
    return add({kind.kind, record.record_id, owner, encode_record(samples_.next(record, sha256(body)))}, day);
  }

  Result<void> add_answer(const Record& record, const Bytes& body, std::int64_t day) {
    RecordAnswer answer;
    answer.record_id = record.record_id;
    answer.revision = 1;
    answer.record_hash = sha256(body);
    answer.answer = record.kind->answers[random_() % record.kind->answers.size()];
    answer.text = samples_.language().text(12, random_);
    const MemberId& sender = members_[record.owner == members_[0] ? 1 : 0];
    return add({std::string(kKindRecordAnswer), record.record_id, sender, encode_record_answer(answer)}, day);
  }

  Header header_of(const Letter& letter, TimeMs time_ms, const Hash& commitment) {
    Header header;
    header.sender = letter.sender;
    header.schema_id = schema_id_of(letter.kind).value_or(kZeroHash);
    header.kind = letter.kind;
    header.marking = "committees";
    for (const MemberId& member : members_) {
      if (member != letter.sender) header.recipients.push_back(member);
    }
    header.sequence = header.roster_version = header.seen_size = 1;
    header.created_at_ms = time_ms;
    header.not_after_ms = time_ms + kLifeMs;
    random_bytes(header.nonce);
    header.suite = kSuiteSealed;
    header.key_commitment = commitment;
    return header;
  }

  // As the node keeps a message that it has opened, or sent: sealed and signed, with its content key.
  Result<void> add(Letter letter, std::int64_t day) {
    const TimeMs time_ms = static_cast<TimeMs>(day) * kDayMs + index_ % kDayMs;
    const ContentKey content_key = ContentKey::generate();
    const Header header = header_of(letter, time_ms, content_key.commitment());
    const Bytes header_bytes = encode_header(header);
    const std::vector<SealTo> to = {{hpke_id_, hpke_.public_key(), 1}};
    const Bytes body = TRY(seal_body(content_key, network_, sign_id_, header_bytes, to, letter.body));
    MessageRow row;
    row.frame = make_frame(network_, sign_, header_bytes, body);
    row.frame_hash = row.message_id = frame_hash_of(row.frame);
    row.own = letter.sender == node_->identity().member;
    row.state = row.own ? MessageState::kDelivered : MessageState::kReceived;
    row.sender = letter.sender;
    row.kind = letter.kind;
    row.marking = header.marking;
    row.recipients = header.recipients;
    row.record_id = letter.record_id;
    row.created_ms = row.accepted_ms = time_ms;
    row.index = index_++;
    row.content_key = bytes_of(content_key.expose());
    row.bytes = row.frame.size();
    TRY(node_->store().begin());
    const std::uint64_t id = TRY(node_->rows().add(row));
    if (!row.own) return {};
    OutboxRow way;
    way.request_id = "bench-" + std::to_string(*row.index);
    return node_->rows().add_outbox(id, way, row.frame);
  }

  std::mt19937 random_{7};
  std::vector<MemberId> members_ = members_of();
  SampleRecords samples_;
  std::vector<std::string> records_, visits_;
  std::filesystem::path file_;
  NetworkId network_{};
  SigningKey sign_ = SigningKey::generate();
  AgreementKey hpke_ = AgreementKey::generate();
  KeyId sign_id_ = key_id_of(KeyUse::sign, sign_.public_key()), hpke_id_ = key_id_of(KeyUse::hpke, hpke_.public_key());
  std::uint64_t index_ = kFirstIndex;
  NoWire wire_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<Link> link_;
  std::unique_ptr<Routes> routes_;
};

struct Page {
  const char* key;
  const char* what;
  std::function<HttpRequest()> next;
};

HttpRequest get(const std::string& path, Query query = {}) { return {"GET", "/api/v1/" + path, std::move(query), {}, "", std::nullopt}; }

std::vector<Page> lists_of(KnownRecords& known) {
  const auto kind = [&known]() -> const RecordKind& { return record_kinds()[known.random()() % record_kinds().size()]; };
  const auto days = [&known] {
    const auto day = known.any_day();
    return Query{{"from", date_text(day)}, {"to", date_text(day + 90)}};
  };
  return {
      {"all", "a list of records", [] { return get("records"); }},
      {"state", "of one State's", [&known] { return get("records", {{"state", known.samples().state()}}); }},
      {"kind", "of one kind", [kind] { return get("records", {{"kind", kind().kind}}); }},
      {"status", "of one kind and status", [&known, kind] {
         const RecordKind& one = kind();
         return get("records", {{"kind", one.kind}, {"status", one.statuses()[known.random()() % one.statuses().size()]}});
       }},
      {"any_status", "of one status, whatever the kind", [&known, kind] {
         const RecordKind& one = kind();
         return get("records", {{"status", one.statuses()[known.random()() % one.statuses().size()]}});
       }},
      {"committee", "of one committee's", [&known] { return get("records", {{"committee", known.any_member()}}); }},
      {"days", "of three months", [days] { return get("records", days()); }},
      {"since", "of what was changed since a day", [&known] { return get("records", {{"since", date_text(known.any_day())}}); }},
      {"since_week", "of what was changed this week", [] { return get("records", {{"since", date_text(kToday - 7)}}); }},
      {"naming", "of those that name a record", [&known] { return get("records", {{"record", known.any_record()}}); }},
      {"whole", "with all fields of each", [&known] { return get("records", {{"state", known.samples().state()}, {"whole", "1"}}); }},
      {"several", "of a kind, State and committee in a year", [&known, kind] {
         const auto day = known.any_day();
         return get("records", {{"kind", kind().kind}, {"state", known.samples().state()}, {"committee", known.any_member()},
                                {"from", date_text(day)}, {"to", date_text(day + 365)}});
       }},
  };
}

std::vector<Page> others_of(KnownRecords& known) {
  const auto text = [](const std::string& typed, Query beside = {}) {
    beside["text"] = typed;
    return get("search", std::move(beside));
  };
  return {
      {"state_page", "a State's page with its records and what is due", [&known] { return get("states/" + known.samples().state()); }},
      {"dues", "what is due", [] { return get("dues"); }},
      {"dues_state", "what is due in one State", [&known] { return get("dues", {{"state", known.samples().state()}}); }},
      {"dues_committee", "what one committee owes, done or not", [&known] { return get("dues", {{"committee", known.any_member()}, {"all", "1"}}); }},
      {"search_word", "a search for a word", [&known, text] { return text(known.samples().language().rarer_word(known.random())); }},
      {"search_common", "for words that tens of thousands have", [text] { return text("border control OR frontera OR contrôle"); }},
      {"search_phrase", "for a phrase", [text] { return text("\"border control\" OR \"control visit\""); }},
      {"search_state", "for a word in one State's records", [&known, text] { return text("control", {{"state", known.samples().state()}}); }},
      {"search_kind", "for a word in one kind", [text] { return text("comité OR committee", {{"kind", "letter"}}); }},
      {"search_symbol", "for a symbol", [text] { return text("S/2016/1127 OR S/2011/16"); }},
      {"calendar_month", "a month of the calendar", [&known] {
         const auto day = known.any_day();
         return get("calendar", {{"from", date_text(day)}, {"to", date_text(day + 30)}});
       }},
      {"calendar_year", "a year of the calendar", [&known] {
         const auto day = known.any_day();
         return get("calendar", {{"from", date_text(day)}, {"to", date_text(day + 364)}});
       }},
      {"visits", "a list of visits", [] { return get("visits"); }},
      {"visits_state", "of one State's visits", [&known] { return get("visits", {{"state", known.samples().state()}}); }},
      {"show", "one record", [&known] { return get("records/" + known.any_record()); }},
      {"history", "one record's history", [&known] { return get("records/" + known.any_record() + "/history"); }},
      {"visit", "one visit", [&known] { return get("visits/" + known.any_visit()); }},
      {"today", "what an officer begins the day with", [] { return get("today"); }},
  };
}

// The asker's words, the answerer's answer with its own, the asker's last step.
double compare_ms(SampleRecords& samples) {
  const VisitPlan plan = samples.visit(*MemberId::parse(kBenchSenders[0]), kToday + 30);
  std::vector<std::pair<Cell, std::string>> own;
  for (std::int64_t i = 0; own.size() < kOverlapOwn; ++i) own.push_back({{samples.state(), i}, "x"});
  const Secret one = Secret::random(32), other = Secret::random(32);
  const auto start = SteadyClock::now();
  const OverlapSide asker(one.expose()), answerer(other.expose());
  const auto asked = asker.asked(cells_of(plan, 90));
  const auto again = answerer.again(asked);
  const auto theirs = answerer.own(own);
  const auto last = asker.again(theirs.tokens);
  CHECK(again && last);
  return ms_since(start);
}

double hide_ms(SampleRecords& samples) {
  const Secret secret = Secret::random(32);
  const BlindingKey key = BlindingKey::derive(secret.expose(), "bench");
  const std::string state = samples.state();
  std::vector<Token> hidden;
  const auto start = SteadyClock::now();
  for (std::uint64_t i = 0; i < kHiddenCells; ++i) {
    Bytes word = bytes_of(view_of(state));
    put_u64(word, i);
    hidden.push_back(key.blind("liaison/bench", word));
  }
  CHECK(hidden.size() == kHiddenCells);
  return ms_since(start);
}

void measure_comparison(KnownRecords& known, RecordTimes& out) {
  std::vector<double> times;
  for (int i = 0; i < kCompared; ++i) times.push_back(compare_ms(known.samples()));
  std::sort(times.begin(), times.end());
  out.compare_ms = times[times.size() / 2];
  out.compare_10k_ms = hide_ms(known.samples());
}

}  // namespace

Result<RecordTimes> measure_records(const BenchFolder& folder, std::uint64_t records) {
  auto known = TRY(KnownRecords::make(folder));
  TRY(known->fill(records));
  RecordTimes out;
  const auto start = SteadyClock::now();
  TRY(known->node().rebuild());
  out.fold_s = ms_since(start) / 1000;
  out.messages = known->messages();
  out.bytes_per_record = static_cast<double>(known->bytes()) / static_cast<double>(records);
  const json counts = TRY(known->node().visits().counts());
  out.visits = counts["visits"];
  for (auto pages : {lists_of(*known), others_of(*known)}) {
    for (const Page& page : pages) out.pages.push_back(TRY(known->asked(page.key, page.what, page.next)));
  }
  std::vector<double> plans;
  for (int i = 0; i < kPlansChecked; ++i) plans.push_back(TRY(known->plan_ms(i)));
  out.plan = time_of("plan", "one plan more, checked against " + std::to_string(out.visits) + " as a dry run does", std::move(plans));
  measure_comparison(*known, out);
  return out;
}

}  // namespace liaison
