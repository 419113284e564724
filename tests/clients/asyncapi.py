# SPDX-License-Identifier: Apache-2.0
"""Checks schemas/asyncapi.yaml: the rules of AsyncAPI 3.0 that matter, its JSON Schemas, and that it says what the code does: every kind of schemas.txt,
every control frame of wire.fbs with its fields, every code, how webhooks are tried and answered, and real frames of tests/vectors. Usage: asyncapi.py [--write]
--write makes the lines between the marks "kinds" anew; a new kind needs nothing else."""
import base64
import json
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "nodes/clients/python"))

import jsonschema  # noqa: E402
import yaml  # noqa: E402

from liaison_wire import judge, wire  # noqa: E402

FILE = TOP / "schemas/asyncapi.yaml"
KINDS = dict(line.split() for line in (TOP / "schemas/schemas.txt").read_text().splitlines())
# Receipts and comparisons of plans that are kept back are between nodes; connectors do not see them.
EVENTS = [kind for kind in KINDS if kind != "receipt" and not kind.startswith("overlap.")]


def generated():
    """The lines of each mark."""
    channel = [f"      {kind}: {{$ref: '#/components/messages/{kind}'}}" for kind in EVENTS]
    events = [line for kind in EVENTS for line in (
        f"    {kind}:", f"      name: org.liaison.{kind}", "      traits: [{$ref: '#/components/messageTraits/event'}]",
        f"      payload: {{allOf: [{{$ref: '#/components/schemas/cloudEvent'}}, {{properties: {{type: {{const: org.liaison.{kind}}}, "
        "data: {$ref: '#/components/schemas/forwarded'}}}]}")]
    words = ["    kind:", "      description: What a message is; its page is the .fbs file of that name, its schema id is in x-schema-ids.", "      enum:",
             *(f"        - {kind}" for kind in KINDS), "      x-schema-ids:", *(f"        {kind}: {digest}" for kind, digest in KINDS.items())]
    return {"the channel": channel, "the events": events, "the words": words}


def with_kinds(text):
    for mark, lines in generated().items():
        text = re.sub(rf"( *# kinds: {mark}\n)(?:.*\n)*?( *# end of kinds\n)", lambda found, lines=lines: found[1] + "\n".join(lines) + "\n" + found[2], text)
    return text


class Checked:
    """Faults are gathered, each with the place where it stands."""

    def __init__(self, text):
        self.document, self.faults = yaml.safe_load(text), []

    def need(self, condition, fault):
        if not condition:
            self.faults.append(fault)

    def at(self, ref):
        """What a reference names; None when there is nothing."""
        found = self.document
        for part in ref.removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found

    def resolved(self, one):
        while isinstance(one, dict) and "$ref" in one:
            one = self.at(one["$ref"])
        return one or {}

    def keys(self, where, one, allowed, needed=()):
        unknown = [key for key in one if key not in allowed.split() and not key.startswith("x-")]
        self.need(not unknown, f"{where}: {', '.join(unknown)} is no field there")
        self.need(all(key in one for key in needed), f"{where}: one of {', '.join(needed)} is missing")


ABOUT = "title summary description tags externalDocs"


def references(checked):
    def walk(one, where):
        if isinstance(one, dict):
            if "$ref" in one:
                checked.need(one["$ref"].startswith("#/") and checked.at(one["$ref"]) is not None, f"{where}: {one['$ref']} leads nowhere")
            for key, value in one.items():
                walk(value, f"{where}/{key}")
        elif isinstance(one, list):
            for n, value in enumerate(one):
                walk(value, f"{where}/{n}")
    walk(checked.document, "#")


def structure(checked):
    d = checked.document
    checked.keys("the document", d, "asyncapi id info servers defaultContentType channels operations components", ("asyncapi", "info"))
    checked.need(d["asyncapi"] == "3.0.0", "asyncapi: is not 3.0.0")
    checked.keys("info", d["info"], ABOUT + " version termsOfService contact license", ("title", "version"))
    for name, server in d["servers"].items():
        checked.keys(f"servers/{name}", server, ABOUT + " host protocol protocolVersion pathname variables security bindings", ("host", "protocol"))
    for name, channel in d["channels"].items():
        checked.keys(f"channels/{name}", channel, ABOUT + " address messages servers parameters bindings", ("messages", ))
        checked.need(all(re.fullmatch(r"#/servers/[^/]+", s["$ref"]) for s in channel.get("servers", [])), f"channels/{name}: a server of the root only")
        for key in channel["messages"]:
            checked.need(re.fullmatch(r"[A-Za-z0-9_\-.]+", key), f"channels/{name}/messages: {key} is no name")
    for name, operation in d["operations"].items():
        checked.keys(f"operations/{name}", operation, ABOUT + " action channel security bindings traits messages reply", ("action", "channel"))
        checked.need(operation["action"] in ("send", "receive"), f"operations/{name}: action")
        for part in [operation] + ([operation["reply"]] if "reply" in operation else []):
            channel = part["channel"]["$ref"]
            checked.need(re.fullmatch(r"#/channels/[^/]+", channel), f"operations/{name}: a channel of the root only")
            own = all(m["$ref"].startswith(channel + "/messages/") for m in part.get("messages", []))
            checked.need(own, f"operations/{name}: a message of another channel than its own")
    components(checked)
    used = {m["$ref"] for channel in d["channels"].values() for m in channel["messages"].values()}
    for name in d["components"]["messages"]:
        checked.need(f"#/components/messages/{name}" in used, f"components/messages/{name}: stands in no channel")


def components(checked):
    parts = checked.document["components"]
    checked.keys("components", parts, "schemas servers channels operations messages securitySchemes parameters messageTraits operationTraits")
    for section, members in parts.items():
        for name in members:
            checked.need(re.fullmatch(r"[A-Za-z0-9_\-.]+", name), f"components/{section}: {name} is no name")
    fields = ABOUT + " headers payload correlationId contentType name bindings examples traits"
    for name, message in parts["messages"].items():
        checked.keys(f"messages/{name}", message, fields, ("name", "payload"))
        for n, example in enumerate(message.get("examples", [])):
            checked.keys(f"messages/{name}/examples/{n}", example, "name summary headers payload")
            checked.need("headers" in example or "payload" in example, f"messages/{name}/examples/{n}: is empty")
            for part in ("headers", "payload"):
                fits(checked, f"messages/{name}/examples/{n}/{part}", headers_of(checked, message) if part == "headers" else message["payload"], example[part])
    for name, trait in parts["messageTraits"].items():
        checked.keys(f"messageTraits/{name}", trait, fields.replace(" payload", "").replace(" traits", ""))
    kinds = ("userPassword apiKey X509 symmetricEncryption asymmetricEncryption httpApiKey http oauth2 openIdConnect plain scramSha256 scramSha512 gssapi").split()
    for name, scheme in parts["securitySchemes"].items():
        checked.need(scheme.get("type") in kinds, f"securitySchemes/{name}: type")


def headers_of(checked, message):
    return next((checked.resolved(t)["headers"] for t in message.get("traits", [])), message.get("headers", {}))


def schemas(checked):
    parts = checked.document["components"]
    every = {f"schemas/{n}": s for n, s in parts["schemas"].items()} | {f"messages/{n}/payload": m["payload"] for n, m in parts["messages"].items()}
    for where, schema in every.items():
        try:
            jsonschema.Draft7Validator.check_schema(schema)
        except jsonschema.SchemaError as why:
            checked.faults.append(f"{where}: {why.message}")
        words(checked, where, schema)
    for name, message in parts["messages"].items():
        checked.need(message["name"] != "" and checked.resolved(message["payload"]), f"messages/{name}: no payload")


WORDS = """$ref type const enum description title properties required items allOf examples pattern format minimum maximum minLength maxLength minItems
maxItems uniqueItems contentEncoding""".split()


def words(checked, where, schema):
    """A comma without quotes makes a word that nobody meant."""
    checked.need(all(key in WORDS or key.startswith("x-") for key in schema), f"{where}: {', '.join(map(str, schema))}: a word that is none")
    checked.need("$ref" not in schema or len(schema) == 1, f"{where}: what stands beside $ref is not looked at")
    for name, one in schema.get("properties", {}).items():
        words(checked, f"{where}/{name}", one)
    for n, one in enumerate(schema.get("allOf", []) + ([schema["items"]] if "items" in schema else [])):
        words(checked, f"{where}/{n}", one)


def fits(checked, where, schema, value):
    resolver = jsonschema.RefResolver("", checked.document)
    for why in jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(value):
        checked.faults.append(f"{where}: {why.message[:200]}")


# --- against the code

def fbs_tables(name):
    """{table: {field: is it required}}, and the words of the union."""
    text = re.sub(r"//[^\n]*", "", (TOP / f"schemas/{name}.fbs").read_text(encoding="utf-8"))
    tables = {table: {field: "required" in (rules or "") for field, rules in re.findall(r"(\w+):\[?\w+\]?\s*(\([^)]*\))?;", body)}
              for table, body in re.findall(r"table (\w+) \{([^}]*)\}", text)}
    union = re.search(r"union Control \{([^}]*)\}", text)
    return tables, [word.strip() for word in union.group(1).split(",")] if union else []


def against_the_pages(checked):
    parts = checked.document["components"]
    tables, union = fbs_tables("wire")
    for table, fields in (tables | fbs_tables("header")[0]).items():
        if table == "Wire":
            continue
        schema = parts["schemas"].get(table, {})
        checked.need(set(schema.get("properties", {})) == set(fields), f"schemas/{table}: its properties are not the fields of the page")
        asked = {field for field, required in fields.items() if required}
        checked.need(asked <= set(schema.get("required", [])), f"schemas/{table}: {', '.join(asked - set(schema.get('required', [])))} is required by the page")
    by_type = {m["x-type"]: m for m in parts["messages"].values() if "x-type" in m}
    checked.need(set(by_type) == {1, *(n + 2 for n in range(len(union)))}, "messages: not one for each type of frame")
    for n, table in enumerate(union):
        payload = by_type.get(n + 2, {}).get("payload", {}).get("$ref", "")
        checked.need(payload.endswith(f"/{table}"), f"messages: type {n + 2} does not carry {table}")
    checked.need(parts["schemas"]["code"]["enum"] == sorted(judge.CODES), "schemas/code: not the codes of the protocol")
    codes = {int(n) for n in re.findall(r"^\s*k\w+ = (\d+)", (TOP / "schemas/codes.h").read_text(), re.M)}
    checked.need(set(judge.CODES) <= codes, "the codes of schemas/codes.h are others")
    kind = parts["schemas"]["kind"]
    checked.need(kind["enum"] == list(KINDS) and kind["x-schema-ids"] == KINDS, "schemas/kind: not the kinds and ids of schemas.txt")
    checked.need(set(checked.document["channels"]["webhook"]["messages"]) == {"test", *EVENTS}, "channels/webhook: not the kinds that are forwarded")


def against_the_connectors(checked):
    folder, d = TOP / "nodes/connectors", checked.document
    default, least, most = re.search(r'"give_up_hours", (\d+), (\d+), (\d+)\)', (folder / "connector_config.cc").read_text()).groups()
    checked.need(f"give_up_hours ({least} to {most}, {default} where it does not say)" in " ".join(d["channels"]["webhook"]["description"].split()),
                 "channels/webhook: for how long an event is tried is not what connector_config.cc says")
    answers = re.findall(r"(?:return |problem\()(\d{3})\b", (folder / "webhook_in.cc").read_text())
    server = re.findall(r"answer_and_close\((\d{3})", (TOP / "security/http.cc").read_text())
    checked.need(set(d["components"]["schemas"]["problem"]["properties"]["status"]["enum"]) == {int(n) for n in answers + server},
                 "schemas/problem: not the statuses of webhook_in.cc and of the server below it")


def plain(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if one is not None}
    return [plain(one) for one in value] if isinstance(value, list) else value


def against_real_frames(checked):
    parts, seen = checked.document["components"], set()
    by_type = {m["x-type"]: m for m in parts["messages"].values() if "x-type" in m}
    for case in json.loads((TOP / "tests/vectors/wire.json").read_text())["cases"]:
        if case["expect"] != "OK":
            continue
        frame = bytes.fromhex(case["frame"])
        kind, request_id, _ = judge.control(frame)
        _, _, fields = judge.control(frame)
        seen.add(kind)
        fits(checked, f"{case['name']}, prefix", headers_of(checked, by_type[kind]),
             {"magic": frame[:4].decode(), "type": kind, "request_id": request_id, "length": len(frame) - 13})
        fits(checked, case["name"], by_type[kind]["payload"], plain(fields))
    checked.need(seen == set(range(wire.FETCH, wire.CHECKPOINT + 1)), "tests/vectors/wire.json has not every type")
    for case in json.loads((TOP / "tests/vectors/frame.json").read_text())["cases"]:
        if case["expect"] == "OK":
            frame = judge.Frame(bytes.fromhex(case["frame"]))
            value = {"magic": "LSN1", "type": 1, "alg": 1, "flags": 0, "key_id": frame.key_id, "signature": frame.signature, "body": frame.body}
            fits(checked, case["name"], by_type[1]["payload"], plain(dict(value, header=judge.header(frame.header))))


CHECKS = (references, structure, schemas, against_the_pages, against_the_connectors, against_real_frames)

# Each of these must be found.
SPOILED = {"a reference that leads nowhere": ("schemas/Fetch'", "schemas/Fetches'"),
           "an unknown field": ("    action: send\n    title: Read the log", "    act: send\n    title: Read the log"),
           "an unknown action": ("    action: send\n    title: Read the log", "    action: ask\n    title: Read the log"),
           "a message of another channel": ("- $ref: '#/channels/toBroker/messages/fetch'", "- $ref: '#/channels/fromBroker/messages/items'"),
           "no JSON Schema": ("blobs: {type: array, maxItems: 0}", "blobs: {type: array, maxItems: none}"),
           "a comma without quotes": ("'64 bytes by the broker''s sign key, or absent'", "64 bytes, or absent"),
           "an example that is none": ("specversion: \"1.0\", id:", "specversion: \"0.3\", id:"),
           "a field that the page does not have": ("        wait_ms: {", "        wait_s: {"),
           "a field that the page requires": ("      required: [items, checkpoint, consistency]", "      required: [items, checkpoint]"),
           "another type": ("      x-type: 8", "      x-type: 9"),
           "a code too few": ("80, 81, 82]", "80, 81]"),
           "frames that do not fit": ("contentEncoding: base64, pattern: '^[A-Za-z0-9+/]{70}==$'", "contentEncoding: base64, pattern: '^[A-Za-z0-9+/]{71}=$'"),
           "an event's answer that is none": ("kind: visit.plan, state: queued", "kind: visit.plan, state: done"),
           "a status too few": ("429, 431, 503]", "429, 503]"),
           "another time to give up": ("(1 to 720, 72", "(1 to 720, 36"),
           "a kind too few": ("        - visit.report\n", "")}


def checked(text):
    found = Checked(text)
    found.need(with_kinds(text) == text, "the lines of the kinds are not those of schemas.txt: tests/clients/asyncapi.py --write makes them anew")
    for check in CHECKS:
        try:
            check(found)
        except (KeyError, AttributeError, TypeError, jsonschema.RefResolutionError) as why:   # what is missing is told by an earlier check
            found.need(found.faults, f"{check.__name__}: {why!r}")
    return found


def main():
    text = FILE.read_text(encoding="utf-8")
    if "--write" in sys.argv:
        FILE.write_text(with_kinds(text), encoding="utf-8")
        return
    found = checked(text)
    for name, (was, now) in SPOILED.items():
        found.need(was in text and checked(text.replace(was, now, 1)).faults, f"this check does not find {name}")
    messages = len(found.document["components"]["messages"])
    print("\n".join([*found.faults, f"{messages} messages, {len(KINDS)} kinds, {len(found.faults)} faults"]))
    sys.exit(1 if found.faults else 0)


main()
