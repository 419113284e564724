// SPDX-License-Identifier: Apache-2.0
// One transfer by libcurl after the other, over connections that are kept between them. Ends at once when it is asked to stop. Private to the
// connectors that speak over a network; one thread each.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "schemas/result.h"

namespace liaison {

// The parts of an address, lower-case host; nothing when libcurl does not read it as one.
struct NetworkAddress {
  std::string scheme, user, host, port, path, query, fragment;
  std::string shown() const { return scheme + "://" + host + (port.empty() ? "" : ":" + port); }   // without what may be a secret
};
std::optional<NetworkAddress> parse_network_address(const std::string& text);
// 127.x.x.x, [::1] or localhost, which libcurl takes to be the first two whatever the resolver says.
bool is_loopback_host(std::string_view host);

// A list of headers or recipients, which a transfer needs until it is over.
class CurlList {
 public:
  CurlList() = default;
  CurlList(const CurlList&) = delete;
  CurlList& operator=(const CurlList&) = delete;
  ~CurlList() { curl_slist_free_all(first_); }
  void add(const std::string& line) {
    curl_slist* const more = curl_slist_append(first_, line.c_str());
    CHECK(more != nullptr);
    first_ = more;
  }
  curl_slist* get() const { return first_; }

 private:
  curl_slist* first_ = nullptr;
};

class CurlTransfer {
 public:
  struct Outcome {
    CURLcode code = CURLE_OK;
    bool stopped = false;
    std::string words;     // of what went wrong, for people
    long status = 0;       // of HTTP, or the last of SMTP
    std::string body, head;   // of the answer, at most 64 KiB both together, or as set; the head's lines end with CR LF
    bool too_long = false;    // there was more
    std::size_t room = 0;     // how much of it would still have been kept
  };

  CurlTransfer();
  // Everything but the callbacks, the limits of time (10 s to connect, 30 s for the whole) and what they need is set by `prepare`, anew each time.
  template <class Prepare>
  Outcome run(const Prepare& prepare, std::stop_token stop) {
    begin();
    prepare(easy_.get());
    return finish(std::move(stop));
  }
  // With another limit of the whole, in seconds, for tests and for what is known to take longer.
  void set_whole_seconds(long seconds) { whole_seconds_ = seconds; }
  void set_answer_bytes_max(std::size_t bytes) { answer_bytes_max_ = bytes; }

 private:
  void begin();
  Outcome finish(std::stop_token stop);

  struct EasyEnd { void operator()(CURL* one) const { curl_easy_cleanup(one); } };
  struct MultiEnd { void operator()(CURLM* one) const { curl_multi_cleanup(one); } };
  std::unique_ptr<CURLM, MultiEnd> multi_;
  std::unique_ptr<CURL, EasyEnd> easy_;   // gone before the one above
  Outcome outcome_;
  char words_[CURL_ERROR_SIZE] = {};
  long whole_seconds_ = 30;
  std::size_t answer_bytes_max_ = 64 * 1024;
};

}  // namespace liaison
