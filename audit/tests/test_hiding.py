"""Apps say what readers may not know of, however often they start."""

from audit import hiding
from audit.hiding import Rule


def test_a_rule_told_twice_is_asked_once(monkeypatch):
    monkeypatch.setattr(hiding, "_rules", [])
    asked = []

    def hidden(entries):
        asked.append(len(entries))
        return set()

    def concerns(reader):
        return True

    for _ in range(2):
        hiding.hide_by(Rule(concerns, hidden, purposes=("AML",)))
    entry = hiding.Entry(pk=1, body={})
    assert hiding.seen_by(None, [entry]) == [entry]
    assert asked == [1]
