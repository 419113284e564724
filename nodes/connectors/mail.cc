// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/mail.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "nodes/connectors/curl_transfer.h"
#include "schemas/text.h"
#include "security/clock.h"
#include "security/hash.h"
#include "security/private_file.h"

namespace liaison {

namespace {

constexpr std::size_t kMailAddressBytesMax = 254, kMailSubjectBytesMax = 200;
constexpr std::size_t kMailBodyBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kLoginBytesMax = 1024;

bool is_mail_word(std::string_view text, std::string_view more) {
  const auto good = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), good) && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos;
}

// local@domain, in the plain form alone: no quotes, comments or names.
bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  if (text.size() > kMailAddressBytesMax || at == std::string_view::npos || at > 64) return false;
  const std::string_view domain = text.substr(at + 1);
  return is_mail_word(text.substr(0, at), "!#$%&'*+-/=?^_`{|}~.") && is_mail_word(domain, "-.") && domain.front() != '-' && domain.back() != '-';
}

std::string mail_domain(const std::string& from) { return from.substr(from.find('@') + 1); }

// RFC 2047: pieces of whole characters that fit into a line.
std::string mail_subject_line(const std::string& subject) {
  const bool plain = std::all_of(subject.begin(), subject.end(), [](char c) { return c >= ' ' && c < 0x7f; }) && subject.find("=?") == std::string::npos;
  if (plain && subject.size() <= 66) return subject;
  constexpr std::size_t kSubjectPieceBytes = 39;   // 52 letters of base64
  std::string out;
  for (std::size_t at = 0; at < subject.size();) {
    std::size_t end = std::min(subject.size(), at + kSubjectPieceBytes);
    while (end < subject.size() && (static_cast<unsigned char>(subject[end]) & 0xC0U) == 0x80U) --end;
    out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(view_of(subject.substr(at, end - at))) + "?=";
    at = end;
  }
  return out;
}

// "Mon, 08 Mar 2027 09:30:00 +0000", whatever the process's locale.
std::string mail_date(TimeMs now_ms) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto at = static_cast<time_t>(now_ms / 1000);
  tm parts{};
  gmtime_r(&at, &parts);
  char out[64];
  std::snprintf(out, sizeof out, "%s, %02d %s %04d %02d:%02d:%02d +0000", kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900,
                parts.tm_hour, parts.tm_min, parts.tm_sec);
  return out;
}

// Line ends are CR LF inside base64 too; other controls do not reach a reader.
std::string mail_body_text(const std::string& body) {
  std::string out;
  for (const char c : body) {
    if (c == '\n') out += "\r\n";
    else if (c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) out += c;
  }
  return out;
}

struct MailUpload {
  std::string text;
  std::size_t at = 0;
};
std::size_t give_mail(char* into, std::size_t one, std::size_t count, void* upload) {
  auto& from = *static_cast<MailUpload*>(upload);
  const std::size_t piece = std::min(one * count, from.text.size() - from.at);
  std::copy_n(from.text.data() + from.at, piece, into);
  from.at += piece;
  return piece;
}

// The last line with this status that the server said, for people.
std::string mail_line(std::string_view head, long status) {
  const std::string code = std::to_string(status);
  std::string_view out;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(head.size(), line.size() + 1));
    if (line.starts_with(code)) out = line;
  }
  while (!out.empty() && out.back() == '\r') out.remove_suffix(1);
  return printable(out, 200);
}

// A secret as libcurl wants it, gone when it has copied it.
struct MailPassword {
  explicit MailPassword(const Secret& secret) : text(text_of(secret.expose())) {}
  ~MailPassword() { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }
  MailPassword(const MailPassword&) = delete;
  MailPassword& operator=(const MailPassword&) = delete;
  std::string text;
};

struct MailLogin {
  std::string user;
  Secret password;
};

Result<MailLogin> read_login(const std::filesystem::path& file) {
  const Secret read = TRY(read_private_file(file, kLoginBytesMax, Sharing::none));
  std::string_view text = text_of(read.expose());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const auto colon = text.find(':');
  const bool control = std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || control)
    return fail(Code::kKey, "login_file: " + file.string() + " is not one line user:password");
  return MailLogin{std::string(text.substr(0, colon)), Secret::copy_of(view_of(text.substr(colon + 1)))};
}

}  // namespace

Result<void> check_mail_head(const MailHead& head) {
  if (!is_mail_address(head.from)) return fail(Code::kConfig, "from: is no plain address", "write it as office@example.org");
  if (head.to.empty() || head.to.size() > kMailRecipientsMax)
    return fail(Code::kConfig, "to: has " + std::to_string(head.to.size()) + " addresses, and takes 1 to 32", "more are for a list at the mail server");
  for (const std::string& one : head.to) {
    if (is_mail_address(one)) continue;
    return fail(Code::kConfig, "to: has \"" + printable(one, 80) + "\", which is no plain address", "write it as office@example.org");
  }
  const auto subject = check_text(head.subject, kMailSubjectBytesMax, Lines::kOne);
  if (head.subject.empty() || !subject) return fail(Code::kConfig, "subject: " + (subject ? std::string("is empty") : subject.error().what));
  return {};
}

std::string mail_text(const MailHead& head, const std::string& message_id, const std::string& body, TimeMs now_ms) {
  std::string out = "Date: " + mail_date(now_ms) + "\r\nFrom: " + head.from + "\r\nTo: ";
  for (std::size_t i = 0; i < head.to.size(); ++i) out += (i == 0 ? "" : ",\r\n ") + head.to[i];
  out += "\r\nSubject: " + mail_subject_line(head.subject) + "\r\nMessage-ID:\r\n " + message_id + "\r\n";
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const std::string encoded = base64(view_of(mail_body_text(body)));
  for (std::size_t at = 0; at < encoded.size(); at += 76) out += encoded.substr(at, 76) + "\r\n";
  return out;
}

std::string mail_message_id(const std::string& from, std::span<const Parcel> parcels) {
  std::vector<std::string> ids;
  for (const Parcel& one : parcels) ids.push_back(one.id);
  std::sort(ids.begin(), ids.end());
  std::string all;
  for (const std::string& one : ids) all += one + "\n";
  return "<" + hex(sha256(view_of(all))).substr(0, 40) + "@" + mail_domain(from) + ">";
}

struct MailDigest::Parts {
  MailHead head;
  std::string name, member;
  NetworkAddress server;
  std::string url;
  std::optional<MailLogin> login;
  SystemClock clock;
  CurlTransfer transfer;

  Handed send(const MailHead& to_whom, const std::string& message_id, const std::string& body, std::stop_token stop) {
    MailUpload upload{mail_text(to_whom, message_id, body, clock.now().wall_ms)};
    CurlList recipients;
    for (const std::string& one : to_whom.to) recipients.add("<" + one + ">");
    const std::string from = "<" + to_whom.from + ">";
    const bool by_tls = !is_loopback_host(server.host);
    const auto outcome = transfer.run(
        [&](CURL* easy) {
          curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
          curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
          curl_easy_setopt(easy, CURLOPT_PROXY, "");
          // Never by what a server in between says that it cannot.
          curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(by_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
          curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from.c_str());
          curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients.get());
          curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
          curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_mail);
          curl_easy_setopt(easy, CURLOPT_READDATA, &upload);
          curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(upload.text.size()));
          if (!login) return;
          curl_easy_setopt(easy, CURLOPT_USERNAME, login->user.c_str());
          const MailPassword password(login->password);
          curl_easy_setopt(easy, CURLOPT_PASSWORD, password.text.c_str());
        },
        std::move(stop));
    const std::string said = mail_line(outcome.head, outcome.status);
    if (outcome.code == CURLE_OK) return {Handed::How::kDone, server.shown() + " has taken it: " + said, {}};
    std::string words = server.shown() + ": " + printable(outcome.words);
    if (outcome.status >= 400) words += ": " + said;
    // 5xx is for ever, unless it is about the login, which is no fault of the letter.
    const bool greeted = outcome.head.starts_with("220");   // before that it speaks of itself, not of the letter
    const bool never = greeted && outcome.status >= 500 && outcome.code != CURLE_LOGIN_DENIED && outcome.code != CURLE_USE_SSL_FAILED;
    return {never ? Handed::How::kRefused : Handed::How::kAgain, std::move(words), {}};
  }
};

MailDigest::MailDigest(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
MailDigest::~MailDigest() = default;

Result<std::unique_ptr<MailDigest>> MailDigest::make(const ConnectorConfig& config, const MemberId& member) {
  auto parts = std::make_unique<Parts>();
  const auto address = parse_network_address(config.texts.at("server"));
  if (!address || (address->scheme != "smtp" && address->scheme != "smtps") || !address->user.empty() || !address->query.empty() ||
      !address->fragment.empty() || address->path.size() > 1)
    return fail(Code::kConfig, "server: is not smtp://host:port or smtps://host:port", "the login stands in login_file");
  parts->server = *address;
  parts->head = {config.texts.at("from"), config.lists.at("to"), config.texts.at("subject")};
  TRY(check_mail_head(parts->head));
  // What follows the host is the name by which libcurl greets: not that of the machine.
  parts->url = parts->server.shown() + "/" + mail_domain(parts->head.from);
  parts->name = config.name;
  parts->member = member.str();
  const auto& file = config.paths.at("login_file");
  if (!file.empty()) parts->login = TRY(read_login(file));
  return std::unique_ptr<MailDigest>(new MailDigest(std::move(parts)));
}

std::size_t MailDigest::takes_together() const { return kMailBodyBytesMax; }

Handed MailDigest::mail_digest(std::span<const Parcel> parcels, std::stop_token stop) {
  std::string body;
  for (const Parcel& one : parcels) body += (body.empty() ? "" : "\n") + one.text;
  if (body.size() > kMailBodyBytesMax) return {Handed::How::kRefused, "the letter is longer than 4 MiB", {}};
  return parts_->send(parts_->head, mail_message_id(parts_->head.from, parcels), body, std::move(stop));
}

Result<std::string> MailDigest::test(std::stop_token stop) {
  Bytes random(20);
  random_bytes(random);
  const std::string id = "<test-" + hex(random) + "@" + mail_domain(parts_->head.from) + ">";
  MailHead head = parts_->head;
  head.subject = "Test of the connector " + parts_->name;
  const std::string body = "This is a test of the connector " + parts_->name + " of committee " + parts_->member + ". Nothing has happened.\n";
  const Handed handed = parts_->send(head, id, body, std::move(stop));
  if (handed.how == Handed::How::kDone) return "sent a letter that says it is a test to " + std::to_string(head.to.size()) +
                                               (head.to.size() == 1 ? " address: " : " addresses: ") + handed.words;
  return fail(Code::kUnreachable, handed.words, "server, from, to and login_file decide");
}

}  // namespace liaison
