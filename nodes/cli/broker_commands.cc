// SPDX-License-Identifier: Apache-2.0
// `liaison broker ...`: makes a broker's folder, and speaks with a running broker over the control socket in that folder.
// Keys are written once and never overwritten.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/cli/broker_page.h"
#include "nodes/cli/command.h"
#include "nodes/cli/node_client.h"
#include "nodes/cli/table.h"
#include "nodes/cli/typed.h"
#include "security/durable.h"
#include "security/http.h"
#include "security/log.h"
#include "security/roster.h"

namespace liaison {
namespace {

constexpr std::string_view kBrokerToml = R"(# The broker of {network}. Every key has a default; an unknown key is an error.
# Relative paths are taken from this file's folder.

[broker]
folder = "{folder}"                 # keys/, log/, checkpoint/, rosters/ and control.sock lie here
bind = "0.0.0.0"                    # address of the members' ports, which the roster names

[http]
listen = "127.0.0.1:5680"           # health, metrics and the newest checkpoint, for this machine only

[keys]
# passphrase_file = "passphrase"    # mode 0600; without it the service's credential or the terminal is asked
)";

Result<int> init(const Invocation& typed) {
  const std::filesystem::path folder = typed.text("--dir");
  Enrolment request{typed.text("--network"), typed.text("--id"), true, {}};
  if (!is_id(request.id)) return fail(Code::kUsage, fmt::format("'{}' is no id for a broker", request.id), "use letters, digits, dot, hyphen, such as B1");
  TRY(check_network(request.network));
  const Secret passphrase = TRY(passphrase_of(typed, true));
  TRY(ensure_private_folder(folder));
  TRY(ensure_private_folder(folder / "keys"));
  const SigningKey sign = SigningKey::generate();
  const SigningKey log = SigningKey::generate();
  const AgreementKey curve = AgreementKey::generate();
  TRY(save_signing_key(folder / "keys/sign.pem", sign, passphrase));
  TRY(save_signing_key(folder / "keys/log.pem", log, passphrase));
  TRY(save_curve_key(folder / "keys/curve.key", curve));
  request.keys = {{KeyUse::sign, sign.public_key()}, {KeyUse::log, log.public_key()}, {KeyUse::curve, curve.public_key()}};
  const std::string text = make_enrolment(request, {{KeyUse::sign, &sign}, {KeyUse::log, &log}});
  TRY(create_durably(folder / "broker.request", view_of(text), 0644));
  const std::string toml = fill_in(std::string(kBrokerToml), {{"{network}", request.network}, {"{folder}", toml_escaped(absolute_folder(folder))}});
  TRY(create_durably(folder / "broker.toml", view_of(toml)));
  typed.console().out << (folder / "broker.request").string() << "\n";
  typed.console().say(fmt::format("the keys are in {}; give broker.request to the authority, and look through broker.toml", (folder / "keys").string()));
  typed.console().say(fmt::format("the authority will ask for them by voice: {}", spoken_keys(request)));
  return kExitOk;
}

Result<nlohmann::json> ask(const Invocation& typed, const std::string& method, const std::string& path, const std::string& body) {
  const std::filesystem::path socket = std::filesystem::path(typed.text("--dir")) / "control.sock";
  auto answer = http_request({socket.string(), ""}, method, path, body, {{"content-type", "application/json"}});
  if (!answer) {
    Error error = answer.error();
    if (error.code == Code::kUnreachable) error.hint = "is the broker of this folder running, and may you open " + socket.string() + "?";
    return error;
  }
  if (answer->status / 100 != 2) return problem_of(*answer);
  auto said = nlohmann::json::parse(answer->body, nullptr, false);
  if (!said.is_object()) return fail(Code::kInternal, "the broker's answer is no JSON object");
  return said;
}

Result<int> apply(const Invocation& typed) {
  nlohmann::json body = nlohmann::json::object();
  for (const std::string& file : typed.texts("FILE")) {
    const std::string text = TRY(read_text(file));
    const std::string kind = text.starts_with("liaison-roster/") ? "roster" : text.starts_with("liaison-policy/") ? "policy" : "";
    if (kind.empty()) return fail(Code::kInput, fmt::format("{} is neither a roster nor a policy", file), "their first line says which they are");
    if (body.contains(kind)) return fail(Code::kUsage, fmt::format("two files are a {}; apply them one after the other", kind));
    body[kind] = text;
  }
  const nlohmann::json answer = TRY(ask(typed, "POST", "/apply", json_text(body, -1)));
  if (typed.globals().output != Output::kTable) {
    print_object(typed, answer);
    return kExitOk;
  }
  for (const auto& one : answer.value("applied", nlohmann::json::array())) {
    typed.console().out << fmt::format("{} {} {} entry {}\n", cell_of(one, "kind"), cell_of(one, "version"),
                                       cell_of(one, "already") == "true" ? "was already there as" : "is now", cell_of(one, "index"));
  }
  return kExitOk;
}

Result<int> clock_confirm(const Invocation& typed) {
  TRY(ask(typed, "POST", "/clock/confirm", ""));
  typed.console().say("the broker's clock is confirmed; it accepts messages again");
  return kExitOk;
}

Result<int> status(const Invocation& typed) {
  const nlohmann::json facts = TRY(ask(typed, "GET", "/status", ""));
  if (typed.globals().output == Output::kTable) {
    typed.console().out << broker_page(facts);
  } else {
    print_object(typed, facts);
  }
  return kExitOk;
}

}  // namespace

std::vector<Command> broker_commands() {
  const Argument dir{"--dir", "FOLDER", "the broker's folder", true};
  return {{"broker init", "make a broker's keys, enrolment request and configuration",
           with_passphrase({dir, {"--network", "NAME", "name of the exchange", true}, {"--id", "ID", "B1", true}}), init,
           {"liaison broker init --dir /var/lib/liaison/broker --network liaison.example.org --id B1"},
           {"The program that runs the exchange is liaison-broker; it has a --help of its own."}},
          {"broker apply", "give a running broker a new roster, a new policy, or both",
           {dir, {"FILE", "", "a signed roster or a policy", true, true}}, apply,
           {"liaison broker apply --dir /var/lib/liaison/broker roster-1.note default.policy"}},
          {"broker status", "what a running broker says of itself", {dir}, status, {"liaison broker status --dir /var/lib/liaison/broker"}},
          {"broker clock confirm", "say that the clock of the broker's machine is right after a jump", {dir}, clock_confirm,
           {"liaison broker clock confirm --dir /var/lib/liaison/broker"}}};
}

}  // namespace liaison
