"""From which day data must go: each rule of retention as a plain function.

No database and no clock: periods come from the statement, anchors from the caller. The first
day is the day *after* the period; it is never moved to a working day.

To see what another period would do, give `rules.with_months({"COL-60": 48})` for the rules; what
another moment to count from would do, `rules.with_changes({"COL-60": {"anchor": "opened_on"}})`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from policy.calendars import day_after
from policy.explain import Sentence, say
from policy.statement import KeepRule, Rules, newest_rules


@dataclass(frozen=True, slots=True)
class Anchors:
    """The moments that begin or end a period; names as on `subjects.Dossier`."""

    opened_on: date | None = None
    closed_on: date | None = None
    reopened_on: date | None = None
    early_erasure_decided_on: date | None = None
    statutory_file_minimum: bool = False
    relation_ended_on: date | None = None
    mutual_claims_settled_on: date | None = None
    no_longer_relevant_on: date | None = None
    has_business_relationship: bool | None = None
    relationship_ended_on: date | None = None
    transaction_on: date | None = None
    unusual_report_on: date | None = None
    statutory_period_until: date | None = None
    last_contact_on: date | None = None
    unsubscribed_on: date | None = None
    financial_year_ended_on: date | None = None
    request_closed_on: date | None = None
    consent_withdrawn_on: date | None = None
    also_needed_for_claim: bool = False
    client_instructed_on: date | None = None
    found_unlawful_on: date | None = None
    register_removed_on: date | None = None
    saved_on: date | None = None
    made_on: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The first day on which data must go, by which rule, and why.

    Without a `first_day`, `missing` names the anchor that somebody must look up; it is empty
    where nothing is wrong and the case or relation is simply still running.
    """

    first_day: date | None
    rule: str
    why: list[Sentence] = field(default_factory=list)
    missing: str = ""


Rule = Callable[[Anchors, Rules], Due]
CODES: dict[Rule, tuple[str, ...]] = {}


def carries_out(*codes: str) -> Callable[[Rule], Rule]:
    """Say which rules of the statement a function reads; `manage.py check` looks them up."""

    def remember(rule: Rule) -> Rule:
        CODES[rule] = codes
        return rule

    return remember


# From which moments the period of a rule can be counted, the statement's own first. A rule that is
# not here looks at several moments, or at one that the law fixes: it is counted in one way only.
COUNTED_FROM: dict[str, tuple[str, ...]] = {
    "COL-60": ("closed_on", "opened_on", "last_contact_on"),
    "MKT-36": ("last_contact_on", "opened_on"),
    "RTS-60": ("request_closed_on", "opened_on"),
}


def _counted_from(rule: KeepRule) -> str:
    """Return the moment that the statement counts this rule from, where code can follow it."""
    known = COUNTED_FROM[rule.code]
    return rule.anchor if rule.anchor in known else known[0]


def _kept(rule: KeepRule, anchor: str, day: date) -> Due:
    due = day_after(day, months=rule.months)
    facts = {"rule": rule.code, "anchor": anchor, "day": day, "months": rule.months, "due": due}
    return Due(due, rule.code, [say("kept", rule.sentence, **facts)])


def _kept_days(rule: KeepRule, anchor: str, day: date) -> Due:
    due = day + timedelta(days=rule.days + 1)
    facts = {"rule": rule.code, "anchor": anchor, "day": day, "days": rule.days, "due": due}
    return Due(due, rule.code, [say("kept_days", rule.sentence, **facts)])


def _running(rule: KeepRule, anchor: str, *, missing: bool) -> Due:
    why = [say("running", rule.sentence, rule=rule.code, anchor=anchor)]
    return Due(None, rule.code, why, anchor if missing else "")


@carries_out("COL-60", "COL-min")
def collection(anchors: Anchors, rules: Rules) -> Due:
    """Data of a collection case: the last closing and 60 months; earlier by a granted erasure.

    A case reopened on the day of its closing counts as open: nothing goes by mistake, also where
    the statement counts from another moment than the closing. An erasure never goes before two
    years after closing where the file is of a regulated collection.

    Source: privacy statement, retention of collection cases; Bki, Article 5.1(4).
    """
    rule = rules["COL-60"]
    closed = anchors.closed_on
    if closed is None or (anchors.reopened_on and anchors.reopened_on >= closed):
        return Due(None, rule.code, [say("open_case", rule.sentence, rule=rule.code)])
    anchor = _counted_from(rule)
    begin = getattr(anchors, anchor)
    if begin is None:
        return _running(rule, anchor, missing=True)
    due = _kept(rule, anchor, begin)
    decided = anchors.early_erasure_decided_on
    # A decision from before the last closing was about a file that has changed since.
    if decided is None or due.first_day is None or not closed <= decided < due.first_day:
        return due
    floor = day_after(closed, months=rules["COL-min"].months)
    if anchors.statutory_file_minimum and decided < floor:
        first = min(floor, due.first_day)
        return Due(first, "COL-min", [*due.why, say("early_minimum", due=first)])
    return Due(decided, "COL-min", [*due.why, say("early", day=decided, due=decided)])


@carries_out("CLI-60")
def client_relation(anchors: Anchors, rules: Rules) -> Due:
    """Data of a relation: the later of its end and the final settlement, and 60 months.

    The day on which a person records that the data are no longer relevant comes first if earlier.

    Source: privacy statement, retention of client relations; GDPR Article 5(1)(e).
    """
    rule = rules["CLI-60"]
    ended, settled = anchors.relation_ended_on, anchors.mutual_claims_settled_on
    if ended and settled:
        anchor = "relation_ended_on" if ended > settled else "mutual_claims_settled_on"
        due = _kept(rule, anchor, max(ended, settled))
    else:
        absent = "mutual_claims_settled_on" if ended else "relation_ended_on"
        due = _running(rule, absent, missing=bool(ended or settled))
    useless = anchors.no_longer_relevant_on
    if useless and (due.first_day is None or useless < due.first_day):
        return Due(useless, rule.code, [*due.why, say("irrelevant", rule.sentence, day=useless)])
    return due


@carries_out("AML-5")
def money_laundering(anchors: Anchors, rules: Rules) -> Due:
    """Data of a money-laundering check: five years from the last of what counts by itself.

    That is the end of a relationship that was entered, otherwise the transaction; a later
    transaction, a report, and a later date set by law count by themselves.

    Source: Wwft, Articles 33 to 34a; privacy statement, retention of money-laundering checks.
    """
    rule = rules["AML-5"]
    entered = anchors.has_business_relationship
    if entered is None:
        entered = anchors.relationship_ended_on is not None
    if entered and anchors.relationship_ended_on is None:
        return _running(rule, "relationship_ended_on", missing=False)
    names = ["transaction_on", "unusual_report_on"]
    if entered:
        names.insert(0, "relationship_ended_on")
    found = [(getattr(anchors, name), name) for name in names if getattr(anchors, name)]
    if not found:
        return _running(rule, "transaction_on", missing=True)
    day, anchor = max(found)
    due = _kept(rule, anchor, day)
    until = anchors.statutory_period_until
    if until and due.first_day and until >= due.first_day:
        first = until + timedelta(days=1)
        return Due(first, rule.code, [*due.why, say("statutory", day=until, due=first)])
    return due


@carries_out("MKT-36")
def marketing(anchors: Anchors, rules: Rules) -> Due:
    """Development, analysis, marketing: 36 months from the person's last contact.

    Unsubscribing, or withdrawing consent, ends it the same day, and nothing revives it.

    Source: privacy statement, retention for development and marketing; GDPR Article 21(3).
    """
    rule = rules["MKT-36"]
    anchor = _counted_from(rule)
    begin = getattr(anchors, anchor)
    due = _kept(rule, anchor, begin) if begin else _running(rule, anchor, missing=True)
    ends = [day for day in (anchors.unsubscribed_on, anchors.consent_withdrawn_on) if day]
    if ends and (due.first_day is None or min(ends) < due.first_day):
        stop = min(ends)
        return Due(stop, rule.code, [say("unsubscribed", rule.sentence, day=stop)])
    return due


@carries_out("ACC-7")
def accounting(anchors: Anchors, rules: Rules) -> Due:
    """Books: seven years after the calendar year in which the financial year ended.

    Source: AWR, Article 52(4); privacy statement, retention for invoices and books.
    """
    rule = rules["ACC-7"]
    ended = anchors.financial_year_ended_on
    if ended is None:
        return _running(rule, "financial_year_ended_on", missing=True)
    first = day_after(date(ended.year, 12, 31), months=rule.months)
    why = say("books", rule.sentence, day=ended, year=ended.year, due=first)
    return Due(first, rule.code, [why])


@carries_out("SPC")
def special_category(anchors: Anchors, rules: Rules) -> Due:
    """Health and criminal data: with the case, or at once when the only ground was consent.

    Source: GDPR Articles 7(3), 9(2)(a), 9(2)(f) and 17(1)(b).
    """
    withdrawn = anchors.consent_withdrawn_on
    if withdrawn is None or anchors.also_needed_for_claim:
        return Due(None, "SPC", [say("with_case")])
    return Due(withdrawn, "SPC", [say("withdrawn", day=withdrawn)])


@carries_out("INS")
def insolvency(anchors: Anchors, rules: Rules) -> Due:
    """Data from a public insolvency register: no longer than the register shows them.

    Source: GDPR Article 17; Court of Justice, C-26/22 and C-64/22.
    """
    rule = rules["INS"]
    removed = anchors.register_removed_on
    if removed is None:
        return _running(rule, "register_removed_on", missing=False)
    return Due(removed, rule.code, [say("off_register", rule.sentence, day=removed, due=removed)])


@carries_out("DRAFT-7")
def draft(anchors: Anchors, rules: Rules) -> Due:
    """A request that was begun and not sent: seven days after it was last saved.

    Source: rule of this project; GDPR Article 5(1)(e).
    """
    rule = rules["DRAFT-7"]
    if anchors.saved_on is None:
        return _running(rule, "saved_on", missing=True)
    return _kept_days(rule, "saved_on", anchors.saved_on)


@carries_out("PACK-30")
def answer_pack(anchors: Anchors, rules: Rules) -> Due:
    """The file with the answer: thirty days after it was made; its digest and manifest stay.

    Source: rule of this project; GDPR Article 5(1)(e).
    """
    rule = rules["PACK-30"]
    if anchors.made_on is None:
        return _running(rule, "made_on", missing=True)
    return _kept_days(rule, "made_on", anchors.made_on)


@carries_out("RTS-60")
def request_file(anchors: Anchors, rules: Rules) -> Due:
    """File of a rights request: 60 months after closing.

    Source: rule of this project; GDPR Article 5(2) (accountability).
    """
    rule = rules["RTS-60"]
    if anchors.request_closed_on is None:
        return _running(rule, "request_closed_on", missing=False)
    anchor = _counted_from(rule)
    begin = getattr(anchors, anchor)
    return _kept(rule, anchor, begin) if begin else _running(rule, anchor, missing=True)


@carries_out("STF-24")
def staff(anchors: Anchors, rules: Rules) -> Due:
    """Staff, log and session data: 24 months after the file is closed.

    Source: rule of this project.
    """
    rule = rules["STF-24"]
    if anchors.closed_on is None:
        return _running(rule, "closed_on", missing=False)
    return _kept(rule, "closed_on", anchors.closed_on)


@carries_out("COL-60", "COL-min", "CLI-60")
def authority(anchors: Anchors, rules: Rules) -> Due:
    """Contacts of authorities: with the case; outside a case like a relation.

    Source: privacy statement, retention of collection cases; outside a case a rule of this project.
    """
    in_case = anchors.opened_on or anchors.closed_on or anchors.reopened_on
    return (collection if in_case else client_relation)(anchors, rules)


@carries_out("INV-client")
def invoice_phase(anchors: Anchors, rules: Rules) -> Due:
    """Invoice phase: the client decides; we delete or return on instruction.

    Source: GDPR Article 28(3)(g).
    """
    instructed = anchors.client_instructed_on
    if instructed is None:
        return Due(None, "INV-client", [say("client_instruction")])
    return Due(instructed, "INV-client", [say("client_instructed", day=instructed)])


RULE_OF_PURPOSE: dict[str, Rule] = {
    "COL": collection,
    "CLI": client_relation,
    "CRD": client_relation,
    "AUT": authority,
    "AML": money_laundering,
    "MKT": marketing,
    "DEV": marketing,
    "ACC": accounting,
    "RTS": request_file,
    "INV": invoice_phase,
    "STF": staff,
}
# Parts of a file that go by a rule of their own, before the file does; by that rule.
RULE_OF_PART: dict[str, Rule] = {
    "SPC": special_category,
    "INS": insolvency,
    "DRAFT-7": draft,
    "PACK-30": answer_pack,
}


def first_deletion_day(purpose: str, anchors: Anchors, rules: Rules | None = None) -> Due:
    """Return from which day data must go: those kept for a purpose, or a part by its own rule.

    Whoever writes the day down gives the published rules, `policy.services.rules()`; without
    them it is the newest file that counts, which needs no database.

    Raises KeyError for a purpose or part that no rule covers.
    """
    rule = RULE_OF_PURPOSE.get(purpose) or RULE_OF_PART[purpose]
    due = rule(anchors, rules if rules is not None else newest_rules())
    unlawful = anchors.found_unlawful_on
    if unlawful is None or (due.first_day is not None and due.first_day <= unlawful):
        return due
    # Kept by mistake: no period and no open case keeps it longer (GDPR Article 17(1)(d)).
    return Due(unlawful, due.rule, [*due.why, say("unlawful", day=unlawful)])
