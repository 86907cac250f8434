"""Every change of a request: lock, check, write, tell the ledger. Callers use the names given here.

Whoever calls these queues the tasks (`tasks.send_mail`, `tasks.propose_matches`); services
return what is needed for it. `version` is what the caller has seen: when the request was
changed since, ChangedMeanwhile is raised and nothing is written.
"""

from requests.services.askers import alike, letter_digest
from requests.services.at_once import asks_at_once, carry_out_at_once
from requests.services.attachments import attach, attachments_of, open_attachment
from requests.services.changing import body_of, locked, mail_key_of
from requests.services.clock import clock_of, facts_of
from requests.services.correcting import corrections_of, drop_correction, note_identity, note_record
from requests.services.deciding import answer, approve, close, decide, reason_of, withdraw
from requests.services.extension import extend_deadline
from requests.services.identity import ask_identity, ask_processing, confirm_identity
from requests.services.joining import answer_question, duplicates_of, join_letter, merge
from requests.services.matching import (
    begin,
    confirm_match,
    confirmed_involvements,
    propose_matches,
    reject_match,
    without_search,
)
from requests.services.messages import messages_of, receive_message, send_message, takes_messages
from requests.services.own_file import concerns, may_see_aml, require_other
from requests.services.page import (
    keep_mail_key,
    open_link,
    open_with_code,
    send_new_code,
    send_new_link,
    verify_email_code,
)
from requests.services.pausing import announce_end, end_pause, pause_meanwhile
from requests.services.receipt import Submission, Submitted, change_rights, make_request, submit
from requests.services.reviewing import NewDecision, review
from requests.services.settling import settle_erasures

__all__ = [
    "NewDecision",
    "Submission",
    "Submitted",
    "alike",
    "announce_end",
    "answer",
    "answer_question",
    "approve",
    "ask_identity",
    "ask_processing",
    "asks_at_once",
    "attach",
    "attachments_of",
    "begin",
    "body_of",
    "carry_out_at_once",
    "change_rights",
    "clock_of",
    "close",
    "concerns",
    "confirm_identity",
    "confirm_match",
    "confirmed_involvements",
    "corrections_of",
    "decide",
    "drop_correction",
    "duplicates_of",
    "end_pause",
    "extend_deadline",
    "facts_of",
    "join_letter",
    "keep_mail_key",
    "letter_digest",
    "locked",
    "mail_key_of",
    "make_request",
    "may_see_aml",
    "merge",
    "messages_of",
    "note_identity",
    "note_record",
    "open_attachment",
    "open_link",
    "open_with_code",
    "pause_meanwhile",
    "propose_matches",
    "reason_of",
    "receive_message",
    "reject_match",
    "require_other",
    "review",
    "send_message",
    "send_new_code",
    "send_new_link",
    "settle_erasures",
    "submit",
    "takes_messages",
    "verify_email_code",
    "withdraw",
    "without_search",
]
