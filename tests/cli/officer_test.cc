// SPDX-License-Identifier: Apache-2.0
// An officer at the command line, with a real node behind it that has not met its broker yet: what is wrong is told before
// anything is stored, what is stored is queued.
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "nodes/cli/authority.h"
#include "nodes/node_process.h"
#include "schemas/message.h"
#include "security/clock.h"
#include "security/durable.h"
#include "security/hash.h"
#include "tests/cli/spoken.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// The node of 1540, with its own thread, in a folder of the test's own.
class OfficersNode {
 public:
  explicit OfficersNode(std::uint64_t messages_per_day) {
    const auto folder = folder_.path() / "node";
    CHECK(ensure_private_folder(folder).has_value());
    CHECK(ensure_private_folder(folder / "keys").has_value());
    CHECK(ensure_private_folder(folder / "trust").has_value());
    const Secret passphrase = Secret::copy_of(view_of("correct horse"));
    CHECK(save_signing_key(folder / "keys/sign.pem", sign_, passphrase).has_value());
    CHECK(save_agreement_key(folder / "keys/hpke.pem", hpke_, passphrase).has_value());
    CHECK(save_curve_key(folder / "keys/curve.key", curve_).has_value());
    trust(folder);
    NodeConfig config;
    config.member = *MemberId::parse("1540");
    config.folder = folder;
    config.settings.contact = "1540 desk";
    config.settings.limits.messages_per_day = messages_per_day;
    config.broker_host = "127.0.0.1";
    config.api_socket = socket();
    auto opened = NodeProcess::open(config, passphrase, clock_);
    if (!opened) ADD_FAILURE() << opened.error().what;
    CHECK(opened.has_value());
    node_ = std::move(*opened);
    thread_ = std::thread([this] {
      while (!stop_) CHECK(node_->step(std::chrono::milliseconds(5)).has_value());
    });
  }
  ~OfficersNode() {
    stop_ = true;
    thread_.join();
    std::ignore = node_->close();
  }
  std::string socket() const { return (folder_.path() / "1540.sock").string(); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name) << text;
    return (folder_.path() / name).string();
  }

 private:
  static Enrolment request_of(const std::string& id, const SigningKey& sign, const AgreementKey& hpke, const AgreementKey& curve) {
    return {"t.example", id, false,
            {{KeyUse::sign, sign.public_key()}, {KeyUse::witness, SigningKey::generate().public_key()}, {KeyUse::curve, curve.public_key()},
             {KeyUse::hpke, hpke.public_key()}}};
  }
  void trust(const std::filesystem::path& folder) {
    const SigningKey root = SigningKey::generate();
    FirstRoster wanted;
    wanted.network = "t.example";
    wanted.roots = {{"R1", make_verifier_key("t.example/root/R1", kVkeyEd25519, root.public_key())}};
    wanted.threshold = 1;
    wanted.broker = {"t.example", "B1", true, {{KeyUse::sign, SigningKey::generate().public_key()}, {KeyUse::log, SigningKey::generate().public_key()},
                                               {KeyUse::curve, AgreementKey::generate().public_key()}}};
    // Nothing listens on these ports.
    wanted.members = {{request_of("1540", sign_, hpke_, curve_), 1, "127.0.0.0/8"},
                      {request_of("1267", SigningKey::generate(), AgreementKey::generate(), AgreementKey::generate()), 2, "127.0.0.0/8"}};
    wanted.policy_sha256 = sha256(view_of("policy"));
    wanted.schemas_sha256 = sha256(view_of(schemas_text()));
    wanted.issued_ms = clock_.now().wall_ms;
    wanted.expires_days = 90;
    const std::string note = sign_roster(SignedNote{*first_roster(wanted), {}}.str(), "R1", root, std::nullopt)->note;
    CHECK(create_durably(folder / "trust/roster-1.note", view_of(note)).has_value());
    CHECK(create_durably(folder / "trust/genesis.sha256", view_of(hex(parse_note(note)->text_hash()) + "\n")).has_value());
  }

  TempFolder folder_;
  SystemClock clock_;
  SigningKey sign_ = SigningKey::generate();
  AgreementKey hpke_ = AgreementKey::generate(), curve_ = AgreementKey::generate();
  std::unique_ptr<NodeProcess> node_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class Officer : public ::testing::Test {
 protected:
  explicit Officer(std::uint64_t messages_per_day = 10'000) : node_(messages_per_day) {}
  Spoken type(std::vector<std::string> words) {
    words.insert(words.begin(), {"--node", node_.socket()});
    return run(words);
  }
  Spoken plan(std::vector<std::string> more) {
    more.insert(more.begin(), {"visit", "plan", "--title", "Action plan"});
    return type(more);
  }
  // More than 500 rows are two requests; no two visits are near each other.
  std::string many(std::size_t rows) {
    std::string text = "states,start,title\n";
    for (std::size_t i = 0; i < rows; ++i) text += "AUT," + std::to_string(2050 + i) + "-01-04,Visit " + std::to_string(i) + "\n";
    return node_.file("many.csv", text);
  }
  std::string visits() { return type({"-o", "csv", "visit", "list"}).out; }

  OfficersNode node_;
};

TEST_F(Officer, AMistakeIsToldByTheOptionItWasTypedIn) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"--state", "Atlantis", "--from", "2027-01-04"}, "--state: "},
      {{"--state", "AUT", "--from", "2027-02-30"}, "--from: "},
      {{"--state", "AUT", "--from", "30.2.2027"}, "--from: \"30.2.2027\""},
      {{"--state", "AUT", "--from", "2027-01-04", "--kind", "holiday"}, "--kind: "},
      {{"--state", "AUT", "--from", "2027-01-04", "--marking", "named"}, "--recipient: "},
      {{"--state", "AUT", "--from", "2027-01-04", "--recipient", "9999"}, "--recipient: "},
      {{"--state", "AUT"}, "--from and --to: "}};
  for (const auto& [words, sentence] : mistakes) {
    const Spoken spoken = plan(words);
    EXPECT_EQ(spoken.status, 65) << spoken.err;
    EXPECT_THAT(spoken.err, StartsWith("error: " + sentence));
    EXPECT_THAT(spoken.err, HasSubstr("\nhint: "));
    EXPECT_THAT(spoken.out, IsEmpty());
  }
  EXPECT_EQ(visits(), "record,lead,states,days,kind,status,title,delivery,unverified\r\n");
}

TEST_F(Officer, ADryRunStoresNothing) {
  const Spoken spoken = plan({"--state", "Austria", "--from", "2027-01-04", "--dry-run"});
  EXPECT_EQ(spoken.status, 0) << spoken.err;
  EXPECT_THAT(spoken.out, HasSubstr("nothing was sent"));
  EXPECT_THAT(spoken.out, HasSubstr("1267"));
  EXPECT_THAT(visits(), Not(HasSubstr("1540-V-")));
}

TEST_F(Officer, APlanIsQueuedOnceHoweverOftenItIsSaidUnderOneRequestId) {
  const std::vector<std::string> words = {"--state", "Austria", "--from", "2027-01-04", "--to", "2027-01-08", "--request-id", "once"};
  const Spoken first = plan(words);
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("queued"));
  EXPECT_THAT(first.err, HasSubstr("nobody has it yet"));
  EXPECT_EQ(plan(words).out, first.out);
  const std::string list = visits();
  EXPECT_EQ(list.find("1540-V-"), list.rfind("1540-V-"));
  EXPECT_THAT(list, HasSubstr("AUT,2027-01-04/2027-01-08"));
  EXPECT_EQ(plan({"--state", "Italy", "--from", "2027-01-04", "--request-id", "once"}).status, 65);
}

TEST_F(Officer, AChangeOnAnOldRevisionIsRefusedWithBothTold) {
  const std::string record = plan({"--state", "AUT", "--from", "2027-01-04"}).out.substr(0, 16);
  EXPECT_EQ(type({"visit", "change", record, "--title", "New title"}).status, 0);
  const Spoken late = type({"visit", "change", record, "--revision", "1", "--title", "Late"});
  EXPECT_EQ(late.status, 1);
  EXPECT_THAT(late.err, HasSubstr("E_REVISION"));
  EXPECT_THAT(type({"visit", "history", record}).out, HasSubstr("Action plan -> New title"));
  EXPECT_EQ(type({"visit", "change", record}).status, 64);
  EXPECT_EQ(type({"visit", "show", "1540-V-2027-9999"}).status, 66);
}

TEST_F(Officer, AChangeOfOneDayLeavesTheRestOfTheDaysAlone) {
  const auto days = [&](const std::string& record) {
    const auto visit = nlohmann::json::parse(type({"-o", "json", "visit", "show", record}).out);
    return visit["components"][0]["start"].get<std::string>() + "/" + visit["components"][0]["end"].get<std::string>() + "/" +
           visit["components"][0]["places"].dump();
  };
  const std::string record = plan({"--state", "AUT", "--from", "2027-01-04", "--to", "2027-01-08", "--place", "Vienna"}).out.substr(0, 16);
  EXPECT_EQ(type({"visit", "change", record, "--to", "2027-01-09"}).status, 0);
  EXPECT_EQ(days(record), "2027-01-04/2027-01-09/[\"Vienna\"]");
  EXPECT_EQ(type({"visit", "change", record, "--from", "2027-01-05", "--revision", "2"}).status, 0);
  EXPECT_EQ(days(record), "2027-01-05/2027-01-09/[\"Vienna\"]");
  EXPECT_EQ(type({"visit", "change", record, "--place", "Graz"}).status, 0);
  EXPECT_EQ(days(record), "2027-01-05/2027-01-09/[\"Graz\"]");
  const Spoken late = type({"visit", "change", record, "--from", "2027-02-05"});
  EXPECT_EQ(late.status, 65);
  EXPECT_THAT(late.err, HasSubstr("before the start"));
  const std::string single = plan({"--state", "ITA", "--from", "2027-03"}).out.substr(0, 16);
  EXPECT_EQ(type({"visit", "change", single, "--from", "2027-04"}).status, 0);
  EXPECT_EQ(days(single), "2027-04/2027-04/[]");
  const std::vector<std::string> two = {"--state", "FRA", "--component", "virtual,2027-06-01,2027-06-02", "--component", "on_site,2028-06-01,2028-06-02"};
  const std::string parts = plan(two).out.substr(0, 16);
  const Spoken which = type({"visit", "change", parts, "--to", "2028-06-03"});
  EXPECT_EQ(which.status, 64);
  EXPECT_THAT(which.err, HasSubstr("2 parts"));
  EXPECT_THAT(which.err, HasSubstr("--component"));
}

TEST_F(Officer, AnImportSaysWhoWouldReceiveItAndWhatItWouldOverlap) {
  const std::string file = node_.file("two.csv", "states,start,end,title\nAUT,2027-01-04,2027-01-08,One\nITA,2027-01-06,2027-01-09,Two\n");
  const Spoken dry = type({"-o", "csv", "visit", "import", file, "--dry-run"});
  EXPECT_EQ(dry.status, 0) << dry.err;
  EXPECT_THAT(dry.out, StartsWith("ref,line,goes to,rule,basis\r\n,2,1267,"));
  EXPECT_THAT(dry.err, HasSubstr("2 visits would go to 1267 under a rule that is not known yet: "));
  EXPECT_THAT(dry.err, HasSubstr("warning: line 3: two visits of 1540 need two teams"));
  EXPECT_THAT(visits(), Not(HasSubstr("1540-V-")));
  const Spoken done = type({"visit", "import", file});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("warning: line 3: "));
  EXPECT_THAT(done.err, HasSubstr("2 visits queued, 0 errors"));
}

TEST_F(Officer, AQuestionAboutWhatIsNotThereIsNoEmptyList) {
  EXPECT_EQ(type({"conflicts", "--visit", "1540-V-2027-9999"}).status, 66);
  for (const auto& words : {std::vector<std::string>{"visit", "list", "--committee", "1541"}, {"conflicts", "--committee", "1541"}}) {
    const Spoken asked = type(words);
    EXPECT_EQ(asked.status, 65) << asked.out;
    EXPECT_THAT(asked.err, HasSubstr("one of 1267, 1540"));
  }
  EXPECT_EQ(type({"visit", "list", "--committee", "1267"}).status, 0);
  EXPECT_EQ(type({"visit", "show", ""}).status, 64);
}

TEST_F(Officer, AnImportWithOneBadRowStoresNothingUnlessToldToGoOn) {
  const std::string file = node_.file("v.csv", "ref,states,start,title\na,AUT,2027-01-04,One\nb,XYZ,2027-01-04,Two\nc,ITA,2027-02-30,Three\n");
  const Spoken strict = type({"visit", "import", file});
  EXPECT_EQ(strict.status, 65);
  EXPECT_THAT(strict.err, HasSubstr("line 3: states: "));
  EXPECT_THAT(strict.err, HasSubstr("line 4: start: "));
  EXPECT_THAT(strict.err, HasSubstr("nothing was stored"));
  EXPECT_THAT(visits(), Not(HasSubstr("1540-V-")));
  const Spoken going = type({"visit", "import", file, "--keep-going", "--request-id", "i1"});
  EXPECT_EQ(going.status, 65);
  EXPECT_THAT(going.out, HasSubstr("1540-V-"));
  EXPECT_EQ(type({"visit", "import", file, "--keep-going", "--request-id", "i1"}).out, going.out);
  const std::string list = visits();
  EXPECT_EQ(list.find("1540-V-"), list.rfind("1540-V-"));
}

TEST_F(Officer, AnImportOfMoreThanOneRequestHoldsIsStoredWhole) {
  const Spoken done = type({"-o", "ndjson", "visit", "import", many(520)});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(std::count(done.out.begin(), done.out.end(), '\n'), 520);
}

class ShortDay : public Officer {
 protected:
  ShortDay() : Officer(530) {}
};

TEST_F(ShortDay, AnImportThatTodaysQuotaCannotHoldStoresNothing) {
  for (int i = 0; i < 15; ++i) ASSERT_EQ(plan({"--state", "AUT", "--from", std::to_string(2027 + i)}).status, 0);
  const std::string before = visits();
  for (const bool keep_going : {false, true}) {
    for (const std::size_t rows : {520U, 600U}) {
      std::vector<std::string> words{"visit", "import", many(rows)};
      if (keep_going) words.emplace_back("--keep-going");
      const Spoken spoken = type(words);
      EXPECT_EQ(spoken.status, 75) << spoken.err;
      EXPECT_THAT(spoken.err, HasSubstr("room for 515 more"));
      EXPECT_THAT(spoken.err, HasSubstr("midnight UTC"));
      EXPECT_EQ(visits(), before);
    }
  }
  EXPECT_EQ(type({"visit", "import", many(515)}).status, 0);
}

TEST_F(ShortDay, ASecondTryUnderTheSameRequestIdNeedsNoMoreRoom) {
  const Spoken first = type({"-o", "csv", "visit", "import", many(520), "--request-id", "one"});
  EXPECT_EQ(first.status, 0) << first.err;
  const Spoken again = type({"-o", "csv", "visit", "import", many(520), "--request-id", "one"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(type({"visit", "import", many(520)}).status, 75);
}

TEST_F(Officer, TheStatusSaysWhyNothingLeaves) {
  const Spoken status = type({"status"});
  EXPECT_EQ(status.status, 0) << status.err;
  EXPECT_THAT(status.out, HasSubstr("1540 on t.example"));
  EXPECT_THAT(status.out, HasSubstr("down"));
  EXPECT_EQ(type({"message", "show", "zzz"}).status, 65);
  EXPECT_EQ(type({"message", "trace", "0123456789"}).status, 66);
}

TEST_F(Officer, AnInterestIsKeptToldInTheDayShownAndRemoved) {
  EXPECT_EQ(type({"interest", "new", "--title", "Plans", "--kind", "visits"}).status, 65);
  EXPECT_THAT(type({"interest", "new", "--title", "Plans", "--state", "Atlantis"}).err, HasSubstr("state: "));
  const Spoken made = type({"interest", "new", "--title", "Plans", "--text", "action", "--state", "Kyrgyzstan"});
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, StartsWith("interest 1 Plans: action, in KGZ\n0 there already"));
  EXPECT_EQ(plan({"--state", "KGZ", "--from", "2031-03-08"}).status, 0);
  const Spoken shown = type({"interest", "show", "1"});
  EXPECT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("Action plan"));
  EXPECT_THAT(shown.out, HasSubstr("1 new since somebody last looked"));
  EXPECT_THAT(type({"today"}).out, HasSubstr("1 new in Plans: liaison interest show 1"));
  EXPECT_THAT(type({"interest", "list"}).out, HasSubstr("Plans"));
  EXPECT_EQ(type({"interest", "remove", "1"}).status, 0);
  EXPECT_EQ(type({"interest", "show", "1"}).status, 66);
  EXPECT_THAT(type({"today"}).out, Not(HasSubstr("interest show")));
}

TEST_F(Officer, AnOverBookedExpertIsToldWithTheOfficeToCall) {
  const Spoken made = type({"expert", "new", "--designation", "post 3", "--body", "group_of_experts", "--status", "available", "--assigned",
                            "record=1267-V-2031-0001,begins=2031-03-08,ends=2031-03-12", "--assigned", "record=1373-V-2031-0002,begins=2031-03"});
  EXPECT_EQ(made.status, 0) << made.err;
  const Spoken bookings = type({"expert", "bookings"});
  EXPECT_EQ(bookings.status, 0) << bookings.err;
  EXPECT_THAT(bookings.out, HasSubstr("perhaps over-booked: post 3"));
  EXPECT_THAT(bookings.out, HasSubstr("call: 1540 1540 desk"));
  EXPECT_THAT(type({"expert", "bookings", "--to", "2030-12-31"}).err, HasSubstr("no expert is bound to anything"));
  EXPECT_THAT(type({"today"}).out, HasSubstr("experts over-booked\n  perhaps: post 3"));
}

TEST_F(Officer, NothingIsPutTogetherOrPublishedThatIsNotInTheLog) {
  EXPECT_EQ(plan({"--state", "KGZ", "--from", "2031-03-08"}).status, 0);
  const std::string id = nlohmann::json::parse(type({"-o", "json", "visit", "list"}).out)["items"][0]["id"];
  const Spoken built = type({"extract", "build", id + ":title", "--title", "Visits"});
  EXPECT_EQ(built.status, 65);
  EXPECT_THAT(built.err, HasSubstr("is not in the log yet"));
  EXPECT_THAT(type({"extract", "build", id + ":contact", "--title", "Visits"}).err, HasSubstr("[E_INPUT]"));
  const Spoken made = type({"-o", "json", "extract", "new", "--release", "record=" + id + ",revision=1", "--text", "A text"});
  EXPECT_EQ(made.status, 0) << made.err;
  const Spoken published = type({"extract", "publish", nlohmann::json::parse(made.out)["id"].get<std::string>(), "--out", node_.file("none", "") + "-folder"});
  EXPECT_NE(published.status, 0);
  EXPECT_THAT(published.err, HasSubstr("nothing leaves without a decision"));
}

TEST_F(Officer, EventsComeOneALineWhileOneWatches) {
  Spoken seen;
  std::thread watcher([&] { seen = type({"-o", "ndjson", "watch", "--count", "1"}); });
  std::atomic<bool> over = false;
  std::thread planner([&] {
    for (int month = 0; month < 9'000 && !over; ++month) {   // until the watcher has come to see one
      plan({"--state", "AUT", "--from", std::to_string(2000 + month / 9) + "-0" + std::to_string(1 + month % 9) + "-01"});
    }
  });
  watcher.join();
  over = true;
  planner.join();
  EXPECT_EQ(seen.status, 0) << seen.err;
  EXPECT_THAT(seen.out, StartsWith("{"));
  EXPECT_THAT(seen.out, HasSubstr("\"event\""));
}

}  // namespace
}  // namespace liaison
