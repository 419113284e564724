// SPDX-License-Identifier: Apache-2.0
#include "nodes/connectors/list_source.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "nodes/connectors/curl_transfer.h"
#include "nodes/connectors/list_xml.h"

namespace liaison {

namespace {

constexpr long kSlowBytes = 100, kSlowSeconds = 30;   // fewer bytes a second for so long: it is given up

struct ListFile {
  int fd = -1;
  ~ListFile() {
    if (fd >= 0) ::close(fd);
  }
};

bool same_file_state(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// --- addresses

struct Network4 {
  std::uint32_t address;
  int bits;
};
constexpr Network4 kNotPublic4[] = {{0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16}, {0xAC100000, 12},
                                    {0xC0000000, 24}, {0xC0000200, 24}, {0xC0586300, 24}, {0xC0A80000, 16}, {0xC6120000, 15}, {0xC6336400, 24},
                                    {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};

bool is_public4(std::uint32_t address) {
  return std::none_of(std::begin(kNotPublic4), std::end(kNotPublic4),
                      [&](const Network4& one) { return (address >> (32 - one.bits)) == (one.address >> (32 - one.bits)); });
}

// Global unicast, without documentation (2001:db8::/32), Teredo (2001::/32), ORCHID (2001:10::/28, 2001:20::/28) and 6to4 (2002::/16), which hold others.
bool is_public6(const std::uint8_t* at) {
  if ((at[0] & 0xE0U) != 0x20U) return false;
  const auto first = static_cast<unsigned>(at[0] << 8 | at[1]), second = static_cast<unsigned>(at[2] << 8 | at[3]);
  if (first == 0x2002) return false;
  return first != 0x2001 || (second != 0 && second != 0x0db8 && (second & 0xFFF0U) != 0x10U && (second & 0xFFF0U) != 0x20U);
}

// --- the transfer

struct ListSockets {
  bool private_addresses = false;
  std::string refused;   // an address
};

std::string printed_address(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* at = address.sa_family == AF_INET ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                                                : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return ::inet_ntop(address.sa_family, at, text, sizeof text) == nullptr ? "an unknown address" : text;
}

// Whatever a name is resolved to, and whenever: what is connected is looked at.
curl_socket_t open_socket(void* sockets, curlsocktype, curl_sockaddr* address) {
  auto& into = *static_cast<ListSockets*>(sockets);
  if (address->family != AF_INET && address->family != AF_INET6) return CURL_SOCKET_BAD;
  if (!into.private_addresses && !is_public_address(address->addr)) {
    into.refused = printed_address(address->addr);
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void set_up(CURL* curl, const std::string& url, const FetchRules& rules, ListSockets& sockets) {
  const auto set = [&](CURLoption option, auto value) { CHECK(curl_easy_setopt(curl, option, value) == CURLE_OK); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(rules.connect_s));
  set(CURLOPT_LOW_SPEED_LIMIT, kSlowBytes);
  set(CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(kListBytesMax));
  set(CURLOPT_USERAGENT, "liaison");
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!rules.authorities.empty()) set(CURLOPT_CAINFO, rules.authorities.c_str());
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, &sockets);
}

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) return is_public4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  return address.sa_family == AF_INET6 && is_public6(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr);
}

Result<Bytes> read_list_file(const std::filesystem::path& path) {
  ListFile file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.fd < 0 && errno == ELOOP) return fail(Code::kIo, path.string() + " is a symbolic link", "put the list itself there");
  if (file.fd < 0) return fail(Code::kIo, path.string() + " cannot be read: " + std::strerror(errno), "put the list there, readable for the node");
  struct stat before {}, after {};
  if (::fstat(file.fd, &before) != 0 || !S_ISREG(before.st_mode)) return fail(Code::kIo, path.string() + " is no file", "put the list there");
  const auto too_long = fail(Code::kSize, path.string() + " is longer than 64 MiB", "no consolidated list is as long: look at the file");
  if (before.st_size > static_cast<off_t>(kListBytesMax)) return too_long;
  Bytes out(static_cast<std::size_t>(before.st_size));
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = ::read(file.fd, out.data() + have, out.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Code::kIo, path.string() + " cannot be read: " + std::strerror(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  if (::fstat(file.fd, &after) != 0 || have < out.size() || !same_file_state(before, after))
    return fail(Code::kIo, path.string() + " is being written", "write another file and rename it");
  return out;
}

Result<void> check_list_url(const std::string& url, const FetchRules& rules) {
  const auto address = parse_network_address(url);
  if (!address) return fail(Code::kConfig, "url: is no address", "write https://host/path");
  if (address->scheme != "https") return fail(Code::kConfig, "url: is not https", "write https://host/path");
  if (!address->user.empty()) return fail(Code::kConfig, "url: carries a name or a password", "a published list needs none");
  const bool allowed = std::any_of(rules.hosts.begin(), rules.hosts.end(), [&](const std::string& one) { return in_small_letters(one) == address->host; });
  if (!allowed) return fail(Code::kConfig, "url: its host is not one of hosts", "add it to hosts if the list is to be fetched there");
  return {};
}

Result<Bytes> fetch_list(const std::string& url, const FetchRules& rules, std::stop_token stop) {
  TRY(check_list_url(url, rules));
  ListSockets sockets{rules.private_addresses, {}};
  CurlTransfer transfer;
  transfer.set_whole_seconds(static_cast<long>(rules.whole_s));
  transfer.set_answer_bytes_max(kListBytesMax);
  const auto ended = transfer.run([&](CURL* curl) { set_up(curl, url, rules, sockets); }, std::move(stop));
  if (ended.stopped) return fail(Code::kHalted, "the node is ending");
  if (ended.too_long || ended.code == CURLE_FILESIZE_EXCEEDED) return fail(Code::kSize, "the host sends more than 64 MiB", "look at the address of the list");
  if (!sockets.refused.empty() && ended.code != CURLE_OK)
    return fail(Code::kUnreachable, "the host has the address " + sockets.refused + ", which is not a public one", "give a file instead of an address");
  if (ended.code != CURLE_OK)
    return fail(Code::kUnreachable, "the list cannot be fetched: " + ended.words, "look at the address and at the node's way out");
  if (ended.status != 200) {
    return fail(Code::kUnreachable,
                "the host answers with " + std::to_string(ended.status) + (ended.status / 100 == 3 ? ", and redirects are not followed" : ""),
                "look at the address of the list");
  }
  return Bytes(ended.body.begin(), ended.body.end());
}

}  // namespace liaison
