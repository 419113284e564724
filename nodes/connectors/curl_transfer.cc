// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/curl_transfer.h"

#include <algorithm>

#include "nodes/connectors/broken_pipe.h"

namespace liaison {

namespace {

constexpr long kCurlConnectSeconds = 10;

// What came is kept up to the limit; there libcurl is told to stop, by taking less than it gave.
std::size_t keep_piece(const char* bytes, std::size_t count, std::string& into, CurlTransfer::Outcome& outcome) {
  const std::size_t kept = std::min(outcome.room, count);
  into.append(bytes, kept);
  outcome.room -= kept;
  outcome.too_long = outcome.too_long || count > kept;
  return kept;
}
std::size_t on_curl_body(char* bytes, std::size_t one, std::size_t count, void* outcome) {
  auto& into = *static_cast<CurlTransfer::Outcome*>(outcome);
  return keep_piece(bytes, one * count, into.body, into);
}
std::size_t on_curl_head(char* bytes, std::size_t one, std::size_t count, void* outcome) {
  auto& into = *static_cast<CurlTransfer::Outcome*>(outcome);
  return keep_piece(bytes, one * count, into.head, into);
}

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) return "";
  std::string out = text;
  curl_free(text);
  return out;
}

}  // namespace

std::optional<NetworkAddress> parse_network_address(const std::string& text) {
  const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
  if (text.empty() || text.size() > 2048 || !std::all_of(text.begin(), text.end(), visible)) return std::nullopt;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  CHECK(url != nullptr);
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) return std::nullopt;
  NetworkAddress out{url_part(url.get(), CURLUPART_SCHEME), url_part(url.get(), CURLUPART_USER),  url_part(url.get(), CURLUPART_HOST),
                     url_part(url.get(), CURLUPART_PORT),   url_part(url.get(), CURLUPART_PATH),  url_part(url.get(), CURLUPART_QUERY),
                     url_part(url.get(), CURLUPART_FRAGMENT)};
  std::transform(out.host.begin(), out.host.end(), out.host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (out.host.empty() || out.port == "0") return std::nullopt;
  return out;
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  // libcurl has written other ways to say it, such as 127.1, out as four numbers.
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

CurlTransfer::CurlTransfer() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(started == CURLE_OK);
  multi_.reset(curl_multi_init());
  easy_.reset(curl_easy_init());
  CHECK(multi_ != nullptr && easy_ != nullptr);
}

void CurlTransfer::begin() {
  outcome_ = {};
  outcome_.room = answer_bytes_max_;
  words_[0] = '\0';
  CURL* const easy = easy_.get();
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);   // the end does not wait for a resolver that nothing answers
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words_);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, std::min(kCurlConnectSeconds, whole_seconds_));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, whole_seconds_);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_curl_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &outcome_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_curl_head);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &outcome_);
}

CurlTransfer::Outcome CurlTransfer::finish(std::stop_token stop) {
  const BrokenPipeIsAnError quiet;
  CURLM* const multi = multi_.get();
  CHECK(curl_multi_add_handle(multi, easy_.get()) == CURLM_OK);
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  std::optional<CURLcode> over;
  while (!over && !stop.stop_requested()) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) over = CURLE_OUT_OF_MEMORY;
    int waiting = 0;
    while (const CURLMsg* said = curl_multi_info_read(multi, &waiting)) {
      if (said->msg == CURLMSG_DONE) over = said->data.result;
    }
    if (!over && curl_multi_poll(multi, nullptr, 0, 1000, nullptr) != CURLM_OK) over = CURLE_OUT_OF_MEMORY;
  }
  outcome_.stopped = !over;
  outcome_.code = over.value_or(CURLE_ABORTED_BY_CALLBACK);
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &outcome_.status);
  curl_multi_remove_handle(multi, easy_.get());
  if (outcome_.code != CURLE_OK) outcome_.words = outcome_.stopped ? "the node is ending" : words_[0] != '\0' ? words_ : curl_easy_strerror(outcome_.code);
  return std::exchange(outcome_, {});
}

}  // namespace liaison
