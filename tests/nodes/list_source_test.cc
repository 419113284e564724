// SPDX-License-Identifier: Apache-2.0
// Where a list is fetched: from a host that is allowed, over https, at a public address, and no further.
#include "nodes/connectors/list_source.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <atomic>
#include <mutex>

#include "nodes/connectors/list_xml.h"
#include "tests/doubles/temp_folder.h"
#include "tests/doubles/tls_host.h"

namespace liaison {
namespace {

using ::testing::HasSubstr;

std::string reply(const std::string& status, const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" + more + "\r\n" + body;
}

class ListSource : public ::testing::Test {
 protected:
  ListSource() {
    ::signal(SIGPIPE, SIG_IGN);   // as the programs do
    rules_.hosts = {"localhost"};
    rules_.authorities = folder_.path() / "host.pem";
    rules_.private_addresses = true;
  }
  // The body, or the code and the sentence.
  std::string fetched(const std::string& url, std::stop_token stop = {}) {
    const auto body = fetch_list(url, rules_, stop);
    if (!body) return std::string(code_name(body.error().code)) + " " + body.error().what;
    return std::string(text_of(*body));
  }

  using Answering = std::function<void(const TlsHost::Write&)>;
  void answers(Answering answering) {
    const std::lock_guard guard(mutex_);
    answering_ = std::move(answering);
  }
  std::string head() {
    const std::lock_guard guard(mutex_);
    return head_;
  }

  TempFolder folder_;
  FetchRules rules_;
  std::mutex mutex_;
  std::atomic<std::size_t> written_ = 0;
  std::stop_source stop_;
  std::string head_;   // of the last request; these two under the mutex
  Answering answering_ = [](const TlsHost::Write& write) { write(reply("200 OK", "<list/>")); };
  TlsHost host_{folder_.path() / "host.pem", [this](const std::string& head, const TlsHost::Write& write) {
                  Answering answering;
                  {
                    const std::lock_guard guard(mutex_);
                    head_ = head;
                    answering = answering_;
                  }
                  answering(write);
                }};
};

bool is_public(const char* text) {
  sockaddr_in6 six{};
  sockaddr_in four{};
  six.sin6_family = AF_INET6;
  four.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) return is_public_address(reinterpret_cast<const sockaddr&>(four));
  EXPECT_EQ(::inet_pton(AF_INET6, text, &six.sin6_addr), 1) << text;
  return is_public_address(reinterpret_cast<const sockaddr&>(six));
}

TEST(PublicAddresses, ArePrivateNowhere) {
  for (const char* good : {"1.1.1.1", "157.150.185.49", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
                           "169.253.0.1", "172.15.255.255", "172.32.0.0", "192.167.1.1", "192.169.0.0", "198.17.0.1", "198.20.0.0", "223.255.255.255",
                           "2606:4700::1111", "2a00:1450:4001:80b::200e", "2001:4860:4860::8888", "2003::1", "3fff:ffff::1"})
    EXPECT_TRUE(is_public(good)) << good;
  for (const char* wrong : {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.0.1",
                            "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
                            "198.19.255.255",
                            "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:1.1.1.1",
                            "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "100::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1",
                            "2001:db8::1", "2001::1", "2001:10::1", "2001:20::1", "2002:7f00:1::1", "4000::1"})
    EXPECT_FALSE(is_public(wrong)) << wrong;
}

TEST_F(ListSource, TheBodyOfA200Comes) {
  EXPECT_EQ(fetched(host_.url("/list.xml?a=b")), "<list/>");
  EXPECT_THAT(head(), HasSubstr("GET /list.xml?a=b HTTP/1.1\r\n"));
}

TEST_F(ListSource, AnAddressThatIsNotPublicIsNotSpokenTo) {
  rules_.private_addresses = false;
  EXPECT_THAT(fetched(host_.url("/list.xml")), testing::MatchesRegex("E_UNREACHABLE the host has the address (127.0.0.1|::1), which is not a public one"));
  rules_.hosts = {"127.0.0.1", "[::ffff:127.0.0.1]", "0x7f000001"};
  for (const char* host : {"127.0.0.1", "[::ffff:127.0.0.1]", "0x7f000001"})
    EXPECT_THAT(fetched(std::string("https://") + host + "/list.xml"), HasSubstr("which is not a public one")) << host;
  EXPECT_EQ(host_.connections(), 0);
}

TEST_F(ListSource, AHostThatIsNotAllowedIsNotSpokenTo) {
  rules_.hosts = {"lists.example.org"};
  EXPECT_THAT(fetched(host_.url("/")), HasSubstr("E_CONFIG url: its host is not one of hosts"));
  EXPECT_EQ(host_.connections(), 0);
}

TEST_F(ListSource, RedirectsAreNotFollowed) {
  answers([&](const TlsHost::Write& write) { write(reply("302 Found", "", "Location: " + host_.url("/other") + "\r\n")); });
  EXPECT_EQ(fetched(host_.url("/list.xml")), "E_UNREACHABLE the host answers with 302, and redirects are not followed");
  EXPECT_EQ(host_.connections(), 1);
}

TEST_F(ListSource, AnyOtherAnswerIsNoList) {
  for (const char* status : {"404 Not Found", "500 Error", "204 No Content", "206 Partial Content"}) {
    answers([status](const TlsHost::Write& write) { write(reply(status, "")); });
    EXPECT_EQ(fetched(host_.url("/")), "E_UNREACHABLE the host answers with " + std::string(status, 3));
  }
  answers([](const TlsHost::Write& write) { write("no HTTP at all\r\n\r\n"); });
  EXPECT_THAT(fetched(host_.url("/")), HasSubstr("E_UNREACHABLE the list cannot be fetched: "));
  answers([](const TlsHost::Write&) {});
  EXPECT_THAT(fetched(host_.url("/")), HasSubstr("E_UNREACHABLE the list cannot be fetched: "));
}

TEST_F(ListSource, ABodyThatIsCutOffIsNoList) {
  answers([](const TlsHost::Write& write) { write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<list>"); });
  EXPECT_THAT(fetched(host_.url("/")), HasSubstr("E_UNREACHABLE the list cannot be fetched: "));
}

TEST_F(ListSource, MoreThan64MebibytesAreNotTaken) {
  answers([](const TlsHost::Write& write) { write("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"); });
  EXPECT_EQ(fetched(host_.url("/")), "E_SIZE the host sends more than 64 MiB");
  answers([&](const TlsHost::Write& write) {
    write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    while (write(std::string(1 << 20, ' '))) written_ += 1 << 20;
  });
  EXPECT_EQ(fetched(host_.url("/")), "E_SIZE the host sends more than 64 MiB");
  EXPECT_LT(written_.load(), kListBytesMax + (16 << 20));
}

TEST_F(ListSource, ACertificateThatNobodyVouchesForIsRefused) {
  rules_.authorities.clear();
  EXPECT_THAT(fetched(host_.url("/")), HasSubstr("E_UNREACHABLE the list cannot be fetched: "));
  EXPECT_EQ(head(), "");
}

TEST_F(ListSource, ATransferEndsWhenItIsAskedTo) {
  answers([&](const TlsHost::Write& write) {
    write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<list>");
    stop_.request_stop();
    while (write(" ")) continue;
  });
  EXPECT_EQ(fetched(host_.url("/"), stop_.get_token()), "E_HALTED the node is ending");
}

}  // namespace
}  // namespace liaison
