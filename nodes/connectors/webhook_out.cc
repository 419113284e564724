// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/webhook_out.h"

#include <algorithm>
#include <charconv>

#include "nodes/connectors/cloud_event.h"
#include "nodes/connectors/curl_transfer.h"
#include "nodes/connectors/webhook_signature.h"
#include "schemas/text.h"
#include "security/clock.h"

namespace liaison {

namespace {

constexpr std::chrono::seconds kRetryAfterMost = std::chrono::hours(24);
constexpr std::size_t kAnswerLineBytesMax = 200;

bool same_header_name(std::string_view a, std::string_view b) {
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return low(x) == low(y); });
}

std::string_view answer_trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// Of the last answer in `head`, before which there may be others (100 Continue).
std::string_view webhook_header_in(std::string_view head, std::string_view name) {
  std::string_view out;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(head.size(), line.size() + 1));
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && same_header_name(line.substr(0, colon), name)) out = answer_trimmed(line.substr(colon + 1));
  }
  return out;
}

// What stands in the answer, for people: its first line that has something in it.
std::string answer_first_line(std::string_view body) {
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(body.size(), line.size() + 1));
    if (!answer_trimmed(line).empty()) return printable(answer_trimmed(line), kAnswerLineBytesMax);
  }
  return "";
}

class WebhookOut final : public Carrier {
 public:
  WebhookOut(const ConnectorConfig& config, MemberId member, NetworkAddress address, WebhookKeys keys)
      : name_(config.name), url_(config.texts.at("url")), member_(std::move(member)), address_(std::move(address)), keys_(std::move(keys)) {
    const auto authority = config.paths.find("ca_file");
    if (authority != config.paths.end()) ca_file_ = authority->second.string();
  }

  Handed hand_over(const Parcel& parcel, std::stop_token stop) override { return post(parcel.id, cloud_event_text(member_, parcel), std::move(stop)); }

  Result<std::string> test(std::stop_token stop) override {
    Bytes random(16);
    random_bytes(random);
    const std::string id = "test-" + hex(random);
    const Handed handed = post(id, test_event_text(member_, id, name_, clock_.now().wall_ms), std::move(stop));
    if (handed.how == Handed::How::kDone) return "sent " + id + ", an event that says it is a test: " + handed.words;
    return fail(Code::kUnreachable, handed.words, "if anything has arrived there, it is the event " + id + ", which says it is a test");
  }

 private:
  Handed post(const std::string& id, const std::string& body, std::stop_token stop) {
    const TimeMs now_ms = clock_.now().wall_ms;
    CurlList headers;
    headers.add("Content-Type: " + std::string(kCloudEventType) + "; charset=utf-8");
    headers.add("webhook-id: " + id);
    headers.add("webhook-timestamp: " + std::to_string(now_ms / 1000));
    headers.add("webhook-signature: " + keys_.sign(id, now_ms / 1000, body));
    headers.add("Expect:");   // no asking before
    const bool plain = address_.scheme == "http";
    const auto outcome = transfer_.run(
        [&](CURL* easy) {
          curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
          curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
          if (plain) curl_easy_setopt(easy, CURLOPT_PROXY, "");
          if (!ca_file_.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file_.c_str());
          curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
          curl_easy_setopt(easy, CURLOPT_USERAGENT, "liaison-node");
          curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
          curl_easy_setopt(easy, CURLOPT_POST, 1L);
          curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
          curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
        },
        std::move(stop));
    const std::string receiver = address_.shown();
    // A receiver that talks on after it has said 2xx has taken the message.
    const bool cut = outcome.too_long && outcome.code == CURLE_WRITE_ERROR && !outcome.body.empty();
    if (outcome.code != CURLE_OK && !cut)
      return {Handed::How::kAgain, receiver + ": " + (outcome.too_long ? "the answer's headers are longer than 64 KiB" : printable(outcome.words)), {}};
    return webhook_answer(receiver, outcome.status, outcome.head, outcome.body, clock_.now().wall_ms);
  }

  const std::string name_, url_;
  const MemberId member_;
  const NetworkAddress address_;
  const WebhookKeys keys_;
  std::string ca_file_;
  SystemClock clock_;
  CurlTransfer transfer_;
};

}  // namespace

Result<std::unique_ptr<Carrier>> make_webhook_out(const ConnectorConfig& config, const MemberId& member) {
  const std::string& url = config.texts.at("url");
  const auto address = parse_network_address(url);
  if (!address) return fail(Code::kConfig, "url: is not an address", "write it as https://host/path");
  if (address->scheme != "https" && !(address->scheme == "http" && is_loopback_host(address->host)))
    return fail(Code::kConfig, "url: is neither https:// nor, on this machine's loopback, http://", "write it as https://host/path");
  if (!address->user.empty() || !address->fragment.empty())
    return fail(Code::kConfig, "url: has a user or a fragment", "the receiver knows the sender by the signature");
  WebhookKeys keys = TRY(WebhookKeys::read(config.paths.at("secret_file"), WebhookKeys::Use::kSign));
  return std::unique_ptr<Carrier>(new WebhookOut(config, member, *address, std::move(keys)));
}

std::optional<std::chrono::seconds> retry_after(std::string_view value, TimeMs now_ms) {
  if (value.empty() || value.size() > 64) return std::nullopt;
  if (std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    std::uint64_t seconds = 0;
    const bool good = std::from_chars(value.data(), value.data() + value.size(), seconds).ec == std::errc();
    const auto most = static_cast<std::uint64_t>(kRetryAfterMost.count());
    return std::chrono::seconds(good ? std::min(seconds, most) : most);
  }
  const time_t at = curl_getdate(std::string(value).c_str(), nullptr);
  if (at < 0) return std::nullopt;
  const std::int64_t left = static_cast<std::int64_t>(at) - static_cast<std::int64_t>(now_ms / 1000);
  return std::clamp(std::chrono::seconds(left), std::chrono::seconds(0), kRetryAfterMost);
}

Handed webhook_answer(const std::string& receiver, long status, std::string_view head, std::string_view body, TimeMs now_ms) {
  const std::string line = answer_first_line(body);
  std::string words = receiver + " answers " + std::to_string(status);
  if (status >= 200 && status < 300) return {Handed::How::kDone, std::move(words), {}};
  if (status >= 300 && status < 400) {
    const std::string where = printable(webhook_header_in(head, "location"), kAnswerLineBytesMax);
    return {Handed::How::kAgain, words + " and points elsewhere" + (where.empty() ? "" : ", to " + where) + "; redirects are not followed",
            retry_after(webhook_header_in(head, "retry-after"), now_ms)};
  }
  if (!line.empty()) words += ": " + line;
  if (status == 410) return {Handed::How::kGone, words + "; it wants no more of these", {}};
  const bool later = status == 408 || status == 409 || status == 425 || status == 429 || status < 200 || status >= 500;
  if (!later) return {Handed::How::kRefused, std::move(words), {}};
  return {Handed::How::kAgain, std::move(words), retry_after(webhook_header_in(head, "retry-after"), now_ms)};
}

}  // namespace liaison
