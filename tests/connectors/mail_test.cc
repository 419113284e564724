// SPDX-License-Identifier: Apache-2.0
// Mail: a letter says what the rule lets through and nothing more, nothing in it can become a header, and a server can refuse it at every step.
#include "nodes/connectors/mail.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <mutex>

#include "security/durable.h"
#include "tests/connectors/loopback_server.h"
#include "tests/doubles/member.h"
#include "tests/doubles/temp_folder.h"

namespace liaison {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using How = Handed::How;

constexpr TimeMs kMailNow = 1'804'498'200'000;   // 2027-03-08T09:30:00Z, a Monday

MailHead head() { return {"desk@1540.example", {"office@case.example"}, "Liaison: what is new"}; }

// Header lines until the empty one, unfolded; then the decoded text.
struct MailLetter {
  std::map<std::string, std::string> headers;
  std::string body;
};
MailLetter read_letter(const std::string& text) {
  MailLetter out;
  std::size_t at = 0;
  std::string last;
  for (;;) {
    const auto end = text.find("\r\n", at);
    EXPECT_NE(end, std::string::npos);
    const std::string line = text.substr(at, end - at);
    at = end + 2;
    if (line.empty()) break;
    if (line[0] == ' ') {
      out.headers[last] += line;
      continue;
    }
    last = line.substr(0, line.find(':'));
    EXPECT_EQ(out.headers.count(last), 0U) << last;
    out.headers[last] = line.substr(std::min(line.size(), line.find(':') + 2));
  }
  std::string rest = text.substr(at);
  rest.erase(std::remove_if(rest.begin(), rest.end(), [](char c) { return c == '\r' || c == '\n'; }), rest.end());
  const auto decoded = from_base64(rest);
  EXPECT_TRUE(decoded);
  if (decoded) out.body = std::string(text_of(*decoded));
  return out;
}

// A mail server that keeps what it takes, and refuses where it is told to.
class MailSink {
 public:
  struct Taken { std::string greeting, from, text, login; std::vector<std::string> to; };
  using Instead = std::map<std::string, std::string>;   // what it replies to a command
  explicit MailSink(Instead instead = {}, std::string extensions = "")
      : instead_(std::move(instead)), extensions_(std::move(extensions)), server_([this](Talk& talk) { serve(talk); }) {}
  std::string url() const { return "smtp://127.0.0.1:" + server_.port(); }
  std::vector<Taken> taken() {
    const std::lock_guard guard(mutex_);
    return taken_;
  }

 private:
  void serve(Talk& talk) {
    Taken now;
    const auto reply = [&](const std::string& command, const std::string& usual) {
      const auto other = instead_.find(command);
      talk.say((other == instead_.end() ? usual : other->second) + "\r\n");
      return other == instead_.end();
    };
    if (!reply("CONNECT", "220 sink ready")) return;
    for (std::string line; talk.line(line);) {
      const std::string command = line.substr(0, 4);
      if (command == "EHLO") {
        now.greeting = line.substr(5);
        reply("EHLO", (extensions_.empty() ? "" : "250-" + extensions_ + "\r\n") + "250 sink");
      } else if (command == "AUTH") {
        talk.say("334 \r\n");
        if (!talk.line(now.login)) return;
        reply("AUTH", "235 welcome");
      } else if (command == "MAIL") {
        now.from = line;
        reply("MAIL", "250 ok");
      } else if (command == "RCPT") {
        now.to.push_back(line);
        reply("RCPT", "250 ok");
      } else if (command == "DATA") {
        if (!reply("DATA", "354 go on")) continue;
        while (talk.line(line) && line != ".") now.text += (line.starts_with("..") ? line.substr(1) : line) + "\r\n";
        if (!reply("END", "250 2.0.0 kept as 7")) continue;
        const std::lock_guard guard(mutex_);
        taken_.push_back(now);
        now.to.clear();
        now.text.clear();
      } else if (command == "QUIT") {
        talk.say("221 bye\r\n");
        return;
      } else {
        talk.say("502 what?\r\n");
      }
    }
  }

  const Instead instead_;
  const std::string extensions_;
  std::mutex mutex_;
  std::vector<Taken> taken_;
  LoopbackServer server_;   // gone first
};

class MailTest : public ::testing::Test {
 protected:
  ConnectorConfig config(const std::string& server) const {
    ConnectorConfig out;
    out.name = "digest";
    out.texts = {{"server", server}, {"from", "desk@1540.example"}, {"subject", "Liaison: what is new"}};
    out.lists["to"] = {"office@case.example", "second@case.example"};
    out.paths["login_file"] = login;
    return out;
  }
  std::unique_ptr<MailDigest> mail(const std::string& server) const {
    auto made = MailDigest::make(config(server), member("1540"));
    EXPECT_TRUE(made) << made.error().what;
    return std::move(*made);
  }
  static Parcel parcel(char id, const std::string& text) {
    Parcel out;
    out.id = std::string(64, id);
    out.kind = "visit.plan";
    out.text = text;
    return out;
  }
  Error refused(ConnectorConfig given) const {
    const auto made = MailDigest::make(given, member("1540"));
    EXPECT_FALSE(made);
    return made ? Error{} : made.error();
  }

  TempFolder folder;
  std::filesystem::path login;
};

TEST_F(MailTest, TheMessagesOfOneRunAreOneLetter) {
  MailSink sink;
  const std::vector<Parcel> parcels{parcel('a', "1540-V-2027-0001: Une visite \xc3\xa0 Tachkent\n"), parcel('b', ".\n..\nFrom the 1373 Committee\n")};
  const Handed handed = mail(sink.url())->mail_digest(parcels, {});
  ASSERT_EQ(handed.how, How::kDone) << handed.words;
  EXPECT_EQ(handed.words, sink.url() + " has taken it: 250 2.0.0 kept as 7");
  ASSERT_EQ(sink.taken().size(), 1U);
  const auto taken = sink.taken()[0];
  EXPECT_EQ(taken.greeting, "1540.example") << "not the machine's name";
  EXPECT_THAT(taken.from, HasSubstr("MAIL FROM:<desk@1540.example>"));
  EXPECT_THAT(taken.to, ElementsAre("RCPT TO:<office@case.example>", "RCPT TO:<second@case.example>"));
  EXPECT_EQ(taken.login, "");
  const MailLetter letter = read_letter(taken.text);
  EXPECT_EQ(letter.headers.at("From"), "desk@1540.example");
  EXPECT_EQ(letter.headers.at("To"), "office@case.example, second@case.example");
  EXPECT_EQ(letter.headers.at("Subject"), "Liaison: what is new");
  EXPECT_EQ(letter.headers.at("Auto-Submitted"), "auto-generated");
  EXPECT_EQ(letter.headers.at("Message-ID"), " " + mail_message_id("desk@1540.example", parcels));
  EXPECT_EQ(letter.body, "1540-V-2027-0001: Une visite \xc3\xa0 Tachkent\r\n\r\n.\r\n..\r\nFrom the 1373 Committee\r\n");
}

TEST_F(MailTest, ARepeatedLetterIsKnownByItsMessageId) {
  const std::vector<Parcel> one{parcel('a', "x"), parcel('b', "y")}, same{parcel('b', "y"), parcel('a', "changed")}, other{parcel('a', "x")};
  const std::string id = mail_message_id("desk@1540.example", one);
  EXPECT_EQ(id, mail_message_id("desk@1540.example", same));
  EXPECT_NE(id, mail_message_id("desk@1540.example", other));
  EXPECT_TRUE(id.starts_with("<") && id.ends_with("@1540.example>"));
}

TEST_F(MailTest, NoTextBecomesAHeader) {
  const std::string evil = "x\r\nBcc: everybody@else.example\r\n\r\n<html>\x1b[31m\x00\x07\n.\n";
  const MailLetter letter = read_letter(mail_text(head(), "<1@x>", evil, kMailNow));
  EXPECT_EQ(letter.headers.count("Bcc"), 0U);
  EXPECT_EQ(letter.body, "x\r\nBcc: everybody@else.example\r\n\r\n<html>[31m");
  const std::vector<std::string> wrong = {"", "desk", "@x.example", "desk@", "a@b@c", "a b@x.example", "a@x.example\r\nBcc: b@x.example", "<a@x.example>",
                                          "A <a@x.example>", "a@x.example>", "a,b@x.example", "a@-x.example", "a@x..example", ".a@x.example",
                                          "\xc3\xa9@x.example",
                                          std::string("a\0@x.example", 12), std::string(65, 'a') + "@x.example", "a@" + std::string(255, 'x')};
  for (const std::string& address : wrong) {
    MailHead from = head(), to = head();
    from.from = address;
    to.to.push_back(address);
    EXPECT_EQ(check_mail_head(from).error().code, Code::kConfig) << address;
    EXPECT_EQ(check_mail_head(to).error().code, Code::kConfig) << address;
  }
  for (const std::string& subject : {std::string(), std::string("a\r\nBcc: b@x.example"), std::string("a\nb"), std::string("a\0b", 3), std::string("\xff"),
                                     std::string(201, 'a'), std::string("\xe2\x80\xae") + "x"}) {
    MailHead with = head();
    with.subject = subject;
    EXPECT_FALSE(check_mail_head(with)) << subject;
  }
  MailHead many = head();
  many.to.assign(33, "a@x.example");
  EXPECT_FALSE(check_mail_head(many));
  many.to.clear();
  EXPECT_FALSE(check_mail_head(many));
}

TEST_F(MailTest, ALetterIsAsciiInShortLines) {
  MailHead with = head();
  with.subject = "\xd0\x9d\xd0\xbe\xd0\xb2\xd0\xbe\xd0\xb5 \xd0\xbe \xd0\xb2\xd0\xb8\xd0\xb7\xd0\xb8\xd1\x82\xd0\xb0\xd1\x85 \xd0\xb2 "
                 "\xd0\xb3\xd0\xbe\xd1\x81\xd1\x83\xd0\xb4\xd0\xb0\xd1\x80\xd1\x81\xd1\x82\xd0\xb2\xd0\xb0 \xe4\xbc\x9a\xe8\xae\xae";
  with.to.assign(20, "a-rather-long-office-name@committee.example");
  ASSERT_TRUE(check_mail_head(with));
  const std::string text = mail_text(with, "<1@x>", std::string(10'000, 'x') + "\xe4\xbc\x9a", kMailNow);
  std::size_t at = 0;
  for (std::size_t end = 0; (end = text.find("\r\n", at)) != std::string::npos; at = end + 2) EXPECT_LE(end - at, 78U) << text.substr(at, end - at);
  EXPECT_EQ(at, text.size());
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return (c >= ' ' && c < 0x7f) || c == '\r' || c == '\n'; }));
  const MailLetter letter = read_letter(text);
  EXPECT_EQ(letter.headers.at("Date"), "Mon, 08 Mar 2027 09:30:00 +0000");
  std::string subject;
  for (std::size_t word = 0; (word = letter.headers.at("Subject").find("=?UTF-8?B?", word)) != std::string::npos; word += 10) {
    const std::string piece = letter.headers.at("Subject").substr(word + 10, letter.headers.at("Subject").find("?=", word) - word - 10);
    subject += text_of(*from_base64(piece));
  }
  EXPECT_EQ(subject, with.subject);
  with.subject = "=?UTF-8?B?eA==?=";
  EXPECT_THAT(read_letter(mail_text(with, "<1@x>", "x", kMailNow)).headers.at("Subject"), Not(HasSubstr("eA==")));
}

TEST_F(MailTest, WhatTheServerSaysDecides) {
  struct Row { std::string at, reply; How how; std::string words; };
  const Row rows[] = {{"CONNECT", "554 no service here", How::kAgain, "no service here"},
                      {"MAIL", "452 no room", How::kAgain, "452 no room"},
                      {"MAIL", "553 not from you", How::kRefused, "553 not from you"},
                      {"RCPT", "450 busy", How::kAgain, "450 busy"},
                      {"RCPT", "550 no such office", How::kRefused, "550 no such office"},
                      {"DATA", "554 no", How::kRefused, "554 no"},
                      {"END", "451 later", How::kAgain, "451 later"},
                      {"END", "552 too long \x1b[31m", How::kRefused, "552 too long \\x1b[31m"}};
  for (const Row& row : rows) {
    MailSink sink(MailSink::Instead{{row.at, row.reply}});
    const Handed handed = mail(sink.url())->hand_over(parcel('a', "x"), {});
    EXPECT_EQ(handed.how, row.how) << row.at << " " << row.reply << ": " << handed.words;
    EXPECT_THAT(handed.words, HasSubstr(row.words));
    EXPECT_TRUE(sink.taken().empty());
  }
}

TEST_F(MailTest, NobodyAtThePortIsTriedAgain) {
  std::string url;
  {
    MailSink sink;
    url = sink.url();
  }
  const auto carrier = mail(url);
  EXPECT_EQ(carrier->hand_over(parcel('a', "x"), {}).how, How::kAgain);
  const auto tested = carrier->test({});
  ASSERT_FALSE(tested);
  EXPECT_EQ(tested.error().code, Code::kUnreachable);
}

TEST_F(MailTest, ATestIsALetterThatSaysIt) {
  MailSink sink;
  const auto tested = mail(sink.url())->test({});
  ASSERT_TRUE(tested) << tested.error().what;
  EXPECT_THAT(*tested, HasSubstr("sent a letter that says it is a test to 2 addresses"));
  const MailLetter letter = read_letter(sink.taken().at(0).text);
  EXPECT_EQ(letter.headers.at("Subject"), "Test of the connector digest");
  EXPECT_THAT(letter.body, HasSubstr("This is a test of the connector digest of committee 1540"));
}

TEST_F(MailTest, TheLoginIsReadFromAFileThatOthersMayNotRead) {
  login = folder.path() / "login";
  EXPECT_EQ(refused(config("smtp://127.0.0.1:25")).code, Code::kUnknown);
  ASSERT_TRUE(write_durably(login, view_of("desk:a:secret\n")));
  ASSERT_EQ(::chmod(login.c_str(), 0644), 0);
  EXPECT_EQ(refused(config("smtp://127.0.0.1:25")).code, Code::kPermission);
  ASSERT_EQ(::chmod(login.c_str(), 0600), 0);
  MailSink sink({}, "AUTH PLAIN");
  EXPECT_EQ(mail(sink.url())->hand_over(parcel('a', "x"), {}).how, How::kDone);
  EXPECT_EQ(sink.taken().at(0).login, base64(view_of(std::string_view("\0desk\0a:secret", 14))));
  MailSink wrong(MailSink::Instead{{"AUTH", "535 wrong"}}, "AUTH PLAIN");
  const Handed handed = mail(wrong.url())->hand_over(parcel('a', "x"), {});
  EXPECT_EQ(handed.how, How::kAgain) << "no fault of the letter";
  EXPECT_THAT(handed.words, Not(HasSubstr("secret")));
  for (const char* text : {"", "desk", ":secret", "desk:", "desk:a\nb:c", "de\x01sk:secret"}) {
    ASSERT_TRUE(write_durably(login, view_of(text)));
    EXPECT_EQ(refused(config("smtp://127.0.0.1:25")).code, Code::kKey) << text;
  }
}

TEST_F(MailTest, AServerIsAnSmtpAddressAndNothingElse) {
  for (const char* server : {"", "mail.example", "http://mail.example", "smtp://", "smtp://user:password@mail.example", "smtp://mail.example/name",
                             "smtp://mail.example?x",
                             "smtp://mail.example\r\nx"}) {
    const Error error = refused(config(server));
    EXPECT_EQ(error.code, Code::kConfig) << server;
    EXPECT_THAT(error.what, HasSubstr("server: is not smtp://host:port or smtps://host:port"));
  }
  for (const char* server : {"smtp://mail.example:587", "smtps://mail.example:465", "smtp://127.0.0.1", "smtps://mail.example/"})
    EXPECT_TRUE(MailDigest::make(config(server), member("1540"))) << server;
}

}  // namespace
}  // namespace liaison
