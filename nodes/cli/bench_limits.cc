// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_limits.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "security/channel.h"
#include "security/hash.h"
#include "security/sealing.h"

namespace liaison {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// One message's cryptography: three recipients and the sender's own stanza.
class OneMessage {
 public:
  OneMessage() {
    for (const auto& key : hpke_) {
      to_.push_back({key_id_of(KeyUse::hpke, key.public_key()), key.public_key(), to_.size() < 3 ? 7U : 0U});
    }
    plaintext_.assign(900, 0x5a);
    seal();
    sign();
  }
  void seal() {
    const ContentKey content_key = ContentKey::generate();
    commitment_ = content_key.commitment();
    header_.assign(400, 0x11);
    std::copy(commitment_.begin(), commitment_.end(), header_.begin());
    auto body = seal_body(content_key, network_, sign_id_, header_, to_, plaintext_);
    CHECK(body.has_value());
    body_ = std::move(*body);
  }
  void sign() { frame_ = make_frame(network_, sign_, header_, body_); }
  void check() const {
    const auto view = parse_frame(frame_);
    CHECK(view.has_value());
    CHECK(verify_signature(sign_.public_key(), to_sign(network_, *view), view->signature));
  }
  void open(std::size_t reader) const {
    CHECK(open_body(hpke_[reader], to_[reader].key_id, network_, sign_id_, header_, commitment_, body_).has_value());
  }

 private:
  NetworkId network_ = sha256(view_of("bench"));
  SigningKey sign_ = SigningKey::generate();
  KeyId sign_id_ = key_id_of(KeyUse::sign, sign_.public_key());
  std::array<AgreementKey, 4> hpke_{AgreementKey::generate(), AgreementKey::generate(), AgreementKey::generate(),
                                    AgreementKey::generate()};
  std::vector<SealTo> to_;
  Bytes plaintext_, header_, body_, frame_;
  Hash commitment_{};
};

double rate(double seconds, const std::function<void()>& once) {
  for (int i = 0; i < 50; ++i) once();
  const auto start = SteadyClock::now();
  std::uint64_t count = 0;
  while (seconds_since(start) < seconds) {
    for (int i = 0; i < 20; ++i) once();
    count += 20;
  }
  return static_cast<double>(count) / seconds_since(start);
}

double limit_of_all_cores(double seconds, unsigned cores) {
  std::atomic<std::uint64_t> count{0};
  const auto start = SteadyClock::now();
  std::vector<std::thread> threads;
  for (unsigned core = 0; core < cores; ++core) {
    threads.emplace_back([&] {
      OneMessage message;
      while (seconds_since(start) < seconds) {
        message.seal();
        message.sign();
        message.check();
        for (std::size_t reader = 0; reader < 3; ++reader) {
          message.check();
          message.open(reader);
        }
        count.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return static_cast<double>(count.load()) / seconds_since(start);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

Result<std::string> bind_somewhere(ServerChannel& server, const MemberId& member) {
  for (int port = 17'000; port < 17'100; ++port) {
    const std::string address = "tcp://127.0.0.1:" + std::to_string(port);
    if (server.bind({member, address, ""})) return address;
  }
  return fail(Code::kIo, "no free port between 17000 and 17099");
}

std::vector<double> round_trips(ClientChannel& client, int rounds) {
  using std::chrono::milliseconds;
  const Bytes payload(1024, 0x42);
  const auto give_up = SteadyClock::now() + std::chrono::seconds(20);
  std::vector<double> times;
  while (static_cast<int>(times.size()) < rounds && SteadyClock::now() < give_up) {
    const auto start = SteadyClock::now();
    if (!client.send(payload)) {
      client.wait(milliseconds(20), {});
      continue;
    }
    while (!client.receive() && SteadyClock::now() < give_up) client.wait(milliseconds(20), {});
    times.push_back(seconds_since(start) * 1e6);
  }
  return times;
}

}  // namespace

CryptoLimits measure_crypto(double seconds_each) {
  OneMessage message;
  CryptoLimits limits;
  limits.sign_per_s_core = rate(seconds_each, [&] { message.sign(); });
  limits.seal_per_s_core = rate(seconds_each, [&] { message.seal(); });
  message.sign();
  limits.check_per_s_core = rate(seconds_each, [&] { message.check(); });
  limits.open_per_s_core = rate(seconds_each, [&] {
    message.check();
    message.open(1);
  });
  limits.cores = std::max(1U, std::thread::hardware_concurrency());
  limits.crypto_limit_per_s = limit_of_all_cores(seconds_each * 2, limits.cores);
  return limits;
}

Result<double> measure_sync_us(const std::filesystem::path& folder, int rounds) {
  const auto file = folder / "sync.probe";
  const int fd = ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Code::kIo, "cannot write in " + folder.string());
  const std::vector<char> block(4096, 'x');
  std::vector<double> times;
  bool whole = true;
  for (int i = 0; i < rounds && whole; ++i) {
    const auto start = SteadyClock::now();
    whole = ::write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size()) && ::fdatasync(fd) == 0;
    times.push_back(seconds_since(start) * 1e6);
  }
  ::close(fd);
  ::unlink(file.c_str());
  if (!whole) return fail(Code::kIo, "a write or sync failed in " + folder.string());
  return median(std::move(times));
}

Result<double> measure_round_trip_us(int rounds) {
  const auto member = *MemberId::parse("probe");
  const AgreementKey server_key = AgreementKey::generate();
  auto server = TRY(ServerChannel::open(server_key, [](const MemberId&, const PublicKey&) { return true; }, {}));
  const std::string address = TRY(bind_somewhere(*server, member));
  std::atomic<bool> stop{false};
  std::thread echo([&] {
    while (!stop) {
      server->wait(std::chrono::milliseconds(20), {});
      for (const auto& arrival : server->receive(16)) server->send(arrival.member, arrival.peer, arrival.payload);
    }
  });
  auto client = ClientChannel::open(address, server_key.public_key(), AgreementKey::generate());
  auto times = client ? round_trips(**client, rounds) : std::vector<double>{};
  stop = true;
  echo.join();
  if (!client) return client.error();
  if (static_cast<int>(times.size()) < rounds) return fail(Code::kIo, "the loopback connection did not answer");
  return median(std::move(times));
}

}  // namespace liaison
