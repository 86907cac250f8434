#!/usr/bin/env python3
"""How a collection system works with Alektum Privacy: send, keep references, obey, answer.

A small example that stands alone: Python 3.9 or later and nothing else. It keeps its "system" in
one JSON file, `{"dossiers": {id: {...}}, "references": {our reference: [kind, id, ...]}}`.

    export PRIVACY_URL=https://privacy.example.nl PRIVACY_TOKEN=core.…
    python example_client.py send  system.json lines.jsonl
    python example_client.py obey  system.json

`send` gives a file to the door and keeps the reference of every dossier and involvement it
answers. `obey` reads the open instructions, carries each out, and says so; run it every few
minutes. Whatever happens halfway, run it again: an answered instruction is not shown any more,
and each deed may be done twice.
"""

import json
import os
import sys
import urllib.error
import urllib.request

URL = os.environ.get("PRIVACY_URL", "http://127.0.0.1:8000").rstrip("/")
TOKEN = os.environ.get("PRIVACY_TOKEN", "")


def call(method, address, body=None, media_type="application/json"):
    """Return what the API answers; an error says why, as problem details."""
    if address.startswith("/"):
        address = URL + address
    headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": media_type}
    request = urllib.request.Request(address, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit("%s %s: %s" % (method, error.code, error.read().decode())) from None


def load(path):
    if not os.path.exists(path):
        return {"dossiers": {}, "references": {}}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(path, system):
    """Write whole, then swap: a power cut leaves the old file or the new one."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(system, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


# --- sending, and keeping what is answered ----------------------------------------------------


def send(path, lines_path):
    """Send a file of at most 1 MB; larger ones are answered later, at `Location`."""
    with open(lines_path, "rb") as file:
        body = file.read()
    sent = [json.loads(line) for line in body.splitlines() if line.strip()]
    answered = call("POST", "/api/v1/ingest/?answers=all", body, "application/x-ndjson")
    system = load(path)
    for line in sent:
        if line["type"] == "dossier":
            system["dossiers"].setdefault(line["id"], {"people": {}})
        elif line["type"] == "involvement" and line["dossier"] in system["dossiers"]:
            people = system["dossiers"][line["dossier"]]["people"]
            people[line["id"]] = {"identity": line.get("identity", {})}
    dossier_of = {line["id"]: line["dossier"] for line in sent if line["type"] == "involvement"}
    for text in answered["answers"]:
        answer = json.loads(text) if isinstance(text, str) else text
        if answer.get("reference"):
            own = [answer["type"], answer["id"]]
            if answer["type"] == "involvement":
                own.append(dossier_of[answer["id"]])
            system["references"][answer["reference"]] = own
        if answer["outcome"] in ("refused", "destroyed"):
            print("line %(line)s, %(type)s %(id)s: %(outcome)s" % answer, answer.get("reason", ""))
    save(path, system)


# --- obeying ----------------------------------------------------------------------------------


def obey(path):
    """Carry out every open instruction and answer it."""
    system = load(path)
    done, refused = [], []
    address = "/api/v1/instructions/"
    while address:
        page = call("GET", address)
        for instruction in page["instructions"]:
            reason = carry_out(system, instruction)
            if reason:
                refused.append((instruction["reference"], reason))
            else:
                done.append(instruction["reference"])
        address = page["next"]
    # First keep what was done, then say so: never the other way round.
    save(path, system)
    for start in range(0, len(done), 5000):
        body = json.dumps({"references": done[start : start + 5000]}).encode()
        call("POST", "/api/v1/instructions/acknowledge/", body)
    for reference, reason in refused:
        body = json.dumps({"outcome": "refused", "reason": reason}).encode()
        call("POST", "/api/v1/instructions/%s/" % reference, body)
    print("%d carried out, %d refused" % (len(done), len(refused)))


def carry_out(system, instruction):
    """Do what is told with our own data; return why not, or None."""
    target = instruction["involvement"] or instruction["dossier"]
    known = system["references"].get(target)
    if known is None:
        # What is not here cannot be erased any more: that is done, not refused.
        return None if instruction["kind"] == "erase" else "unknown"
    dossier_id = known[2] if known[0] == "involvement" else known[1]
    dossier = system["dossiers"].get(dossier_id)
    if dossier is None:
        return None if instruction["kind"] == "erase" else "unknown"
    holder = dossier["people"].get(known[1]) if known[0] == "involvement" else dossier
    if holder is None:
        return None if instruction["kind"] == "erase" else "unknown"
    return DEEDS[instruction["kind"]](system, dossier_id, known, holder, instruction)


def erase(system, dossier_id, known, holder, instruction):
    if instruction["part"]:
        # One piece of data: its kind says where it stands with us.
        holder.pop(instruction["data_category"], None)
    elif known[0] == "involvement":
        del system["dossiers"][dossier_id]["people"][known[1]]
    else:
        del system["dossiers"][dossier_id]


def restrict(system, dossier_id, known, holder, instruction):
    holder["restricted"] = True


def lift(system, dossier_id, known, holder, instruction):
    holder.pop("restricted", None)


def rectify(system, dossier_id, known, holder, instruction):
    for change in (instruction["payload"] or {}).get("changes", []):
        holder.setdefault("identity", {})[change["field"]] = change["new"]


def stop_use(system, dossier_id, known, holder, instruction):
    holder.setdefault("use_ended_for", [])
    if instruction["purpose"] not in holder["use_ended_for"]:
        holder["use_ended_for"].append(instruction["purpose"])


def suspend_measure(system, dossier_id, known, holder, instruction):
    holder["measures_suspended"] = True


def resume_measure(system, dossier_id, known, holder, instruction):
    holder.pop("measures_suspended", None)


DEEDS = {
    "erase": erase,
    "restrict": restrict,
    "lift": lift,
    "rectify": rectify,
    "stop_use": stop_use,
    "suspend_measure": suspend_measure,
    "resume_measure": resume_measure,
}


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "send":
        send(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 3 and sys.argv[1] == "obey":
        obey(sys.argv[2])
    else:
        raise SystemExit(__doc__)
