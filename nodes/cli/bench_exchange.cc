// SPDX-License-Identifier: Apache-2.0
#include "nodes/cli/bench_exchange.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "nodes/cli/authority.h"
#include "schemas/message.h"
#include "security/clock.h"
#include "security/durable.h"
#include "security/hash.h"
#include "security/http.h"
#include "security/keys.h"

namespace liaison {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kNetwork = "bench.liaison.example";
constexpr std::string_view kPolicy =
    "liaison-policy/v1\nversion 1\nprevious -\nmarking public committees named\nkind receipt visit.answer visit.plan\n"
    "encrypt public except receipt\nallow bench publish * visit.plan <=named to * under \"bench\"\n"
    "allow receipts publish * receipt <=named to * under \"service\"\n";
// The bench measures the exchange, not the quotas.
const std::string kQuota =
    "[quota]\nper_second = 1000000\nburst = 1000000\nper_day = 100000000\nmebibytes_per_day = 1000000\nreceipts_per_second = 1000000\n"
    "receipts_burst = 1000000\nunacknowledged = " + std::to_string(kBenchUnacknowledged) + "\n";

std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<int> held;
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 && ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
      ports.push_back(ntohs(address.sin_port));
    }
    held.push_back(fd);
  }
  for (const int fd : held) ::close(fd);
  return ports;
}

// Keys into FOLDER/keys, and the request that the authority would get.
Result<Enrolment> make_keys(const std::filesystem::path& folder, const std::string& id, bool is_broker, const Secret& passphrase) {
  TRY(ensure_private_folder(folder));
  TRY(ensure_private_folder(folder / "keys"));
  const auto sign = SigningKey::generate();
  const auto second = SigningKey::generate();   // log or witness
  const auto curve = AgreementKey::generate();
  const auto hpke = AgreementKey::generate();
  TRY(save_signing_key(folder / "keys/sign.pem", sign, passphrase));
  TRY(save_signing_key(folder / (is_broker ? "keys/log.pem" : "keys/witness.pem"), second, passphrase));
  TRY(save_curve_key(folder / "keys/curve.key", curve));
  Enrolment request;
  request.network = kNetwork;
  request.id = id;
  request.is_broker = is_broker;
  request.keys = {{KeyUse::sign, sign.public_key()}, {is_broker ? KeyUse::log : KeyUse::witness, second.public_key()}, {KeyUse::curve, curve.public_key()}};
  if (is_broker) return request;
  TRY(save_agreement_key(folder / "keys/hpke.pem", hpke, passphrase));
  request.keys.push_back({KeyUse::hpke, hpke.public_key()});
  return request;
}

Result<std::string> make_roster(FirstRoster wanted) {
  const auto root = SigningKey::generate();
  const auto name = std::string(kNetwork) + "/root/1";
  wanted.network = kNetwork;
  wanted.roots = {{"R1", make_verifier_key(name, kVkeyEd25519, root.public_key())}};
  wanted.threshold = 1;
  wanted.broker_id = "B1";
  wanted.policy_sha256 = sha256(view_of(kPolicy));
  wanted.schemas_sha256 = sha256(view_of(schemas_text()));
  wanted.issued_ms = SystemClock().now().wall_ms / 1000 * 1000;
  wanted.expires_days = 30;
  SignedNote note;
  note.text = TRY(first_roster(wanted));
  sign_note(note, wanted.roots[0].key, root);
  return note.str();
}

Result<void> write_node(const BenchFolder& made, const std::string& member, const Hash& genesis) {
  const auto folder = made.node(member);
  TRY(ensure_private_folder(folder / "trust"));
  TRY(create_durably(folder / "trust/genesis.sha256", view_of(hex(genesis) + "\n")));
  TRY(create_durably(folder / "trust/roster-1.note", view_of(made.roster_note)));
  const std::string config = "[node]\nmember = \"" + member + "\"\nfolder = \"" + folder.string() + "\"\ncontact = \"bench office " + member +
                             "\"\n[broker]\nhost = \"127.0.0.1\"\n[api]\nsocket = \"" + (made.folder / (member + ".sock")).string() +
                             "\"\n[keys]\npassphrase_file = \"" + (made.folder / "passphrase").string() + "\"\n" + kQuota +
                             "[log]\nlevel = \"warn\"\n";
  return create_durably(made.folder / ("node-" + member + ".toml"), view_of(config));
}

std::string read_whole(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

Result<BenchFolder> make_bench_folder(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder) && !std::filesystem::is_empty(folder)) {
    return fail(Code::kInput, folder.string() + " is not empty", "name a folder that does not exist yet");
  }
  TRY(ensure_private_folder(folder));
  BenchFolder made;
  made.folder = std::filesystem::absolute(folder);
  made.policy = kPolicy;
  const Secret passphrase = Secret::copy_of(view_of("for the bench only"));
  TRY(create_durably(made.folder / "passphrase", passphrase.expose()));
  const auto ports = free_ports(kBenchSenders.size() + kBenchReaders.size() + 1);
  made.http = "127.0.0.1:" + std::to_string(ports.back());
  FirstRoster wanted;
  wanted.broker = TRY(make_keys(made.folder / "broker", "B1", true, passphrase));
  auto members = kBenchSenders;
  members.insert(members.end(), kBenchReaders.begin(), kBenchReaders.end());
  for (std::size_t i = 0; i < members.size(); ++i) {
    auto request = TRY(make_keys(made.node(members[i]), members[i], false, passphrase));
    wanted.members.push_back({std::move(request), ports[i], "127.0.0.0/8"});
  }
  made.roster_note = TRY(make_roster(std::move(wanted)));
  const auto note = TRY(parse_note(made.roster_note));
  for (const auto& member : members) TRY(write_node(made, member, note.text_hash()));
  const std::string config = "[broker]\nfolder = \"" + (made.folder / "broker").string() + "\"\nbind = \"127.0.0.1\"\n[http]\nlisten = \"" + made.http +
                             "\"\n[keys]\npassphrase_file = \"" + (made.folder / "passphrase").string() + "\"\n" + kQuota +
                             "receipts_mebibytes_per_day = 1000000\n[log]\nlevel = \"warn\"\n";
  TRY(create_durably(made.folder / "broker.toml", view_of(config)));
  return made;
}

Result<pid_t> start_bench_program(const std::filesystem::path& program, const std::filesystem::path& config, const std::filesystem::path& log) {
  const pid_t pid = ::fork();
  if (pid < 0) return fail(Code::kIo, "cannot start another process");
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);   // a bench that is killed leaves no program behind
  const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(fd, 1);
  ::dup2(fd, 2);
  ::execl(program.c_str(), program.c_str(), "--config", config.c_str(), nullptr);
  ::_exit(127);
}

Result<BenchBroker> BenchBroker::start(const std::filesystem::path& program, const BenchFolder& folder) {
  const std::string log = (folder.folder / "broker.log").string();
  const pid_t pid = TRY(start_bench_program(program, folder.folder / "broker.toml", log));
  BenchBroker broker(pid, folder.http, folder.folder / "broker/control.sock");
  const auto end = SteadyClock::now() + std::chrono::seconds(30);
  while (SteadyClock::now() < end) {
    if (http_request({"", folder.http}, "GET", "/livez", "", {}, std::chrono::seconds(2))) return broker;
    if (::waitpid(pid, nullptr, WNOHANG) == pid) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return fail(Code::kUnreachable, "the broker did not start", "its log is " + log);
}

BenchBroker::BenchBroker(BenchBroker&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), http_(std::move(other.http_)), control_(std::move(other.control_)) {}

BenchBroker::~BenchBroker() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Result<void> BenchBroker::apply(const BenchFolder& folder) {
  const nlohmann::json body{{"roster", folder.roster_note}, {"policy", folder.policy}};
  const auto answer = TRY(http_request({control_.string(), ""}, "POST", "/apply", body.dump(), {}));
  if (answer.status >= 300) return fail(Code::kRoster, "the broker refused the bench's roster: " + answer.body);
  return {};
}

Result<double> BenchBroker::wait_ready(double seconds_max) {
  const auto start = SteadyClock::now();
  while (std::chrono::duration<double>(SteadyClock::now() - start).count() < seconds_max) {
    const auto answer = http_request({"", http_}, "GET", "/readyz", "", {}, std::chrono::seconds(2));
    if (answer && answer->status == 200) return std::chrono::duration<double>(SteadyClock::now() - start).count();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return fail(Code::kUnreachable, "the broker did not become ready in time");
}

int BenchBroker::stop() {
  int status = 0;
  ::kill(pid_, SIGTERM);
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

double BenchBroker::cpu_seconds() const {
  const std::string stat = read_whole("/proc/" + std::to_string(pid_) + "/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double BenchBroker::peak_mib() const {
  const std::string status = read_whole("/proc/" + std::to_string(pid_) + "/status");
  const auto at = status.find("VmHWM:");
  return at == std::string::npos ? 0 : std::atof(status.c_str() + at + 6) / 1024.0;
}

std::map<std::string, double> BenchBroker::cpu_by_stage() const {
  std::map<std::string, double> stages;
  const auto answer = http_request({"", http_}, "GET", "/metrics", "", {}, std::chrono::seconds(5));
  if (!answer) return stages;
  std::istringstream lines(answer->body);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view prefix = "liaison_broker_cpu_seconds_total{stage=\"";
    if (line.compare(0, prefix.size(), prefix) != 0) continue;
    const auto quote = line.find('"', prefix.size());
    stages[line.substr(prefix.size(), quote - prefix.size())] = std::atof(line.c_str() + line.rfind(' '));
  }
  return stages;
}

std::uint64_t folder_bytes(const std::filesystem::path& folder) {
  std::uint64_t total = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored)) total += entry.file_size(ignored);
  }
  return total;
}

}  // namespace liaison
