"""Every change of a request: lock, check, write, tell the ledger. Callers use the names given here.

Whoever calls these queues the tasks (`tasks.send_mail`, `tasks.propose_matches`); services
return what is needed for it. `version` is what the caller has seen: when the request was
changed since, ChangedMeanwhile is raised and nothing is written.
"""

from requests.services.assigning import (
    AT_ONCE,
    Assigned,
    assign,
    colleagues,
    give_back,
    give_back_lost,
    take,
)
from requests.services.attachments import (
    attach,
    attachments_of,
    destroy_copy,
    kept_copies,
    open_attachment,
)
from requests.services.changing import (
    body_of,
    email_of,
    locked,
    mail_key_of,
    situation_of,
)
from requests.services.clock import (
    clock_of,
    facts_of,
)
from requests.services.deciding import (
    answer,
    approve,
    close,
    decide,
    may_withdraw,
    reason_of,
    withdraw,
)
from requests.services.extension import (
    extend_deadline,
)
from requests.services.joining import (
    answer_question,
    duplicates_of,
    join_letter,
    merge,
    note_not_the_same,
)
from requests.services.messages import (
    messages_of,
    receive_message,
    send_message,
    takes_messages,
)
from requests.services.own_file import (
    concerns,
    may_see_aml,
    own_files,
    require_other,
)
from requests.services.page import (
    Opened,
    keep_mail_key,
    mark_of_code,
    open_link,
    open_with_code,
    renew_page_code,
    send_new_code,
    send_new_link,
    verify_email_code,
)
from requests.services.people.askers import (
    alike,
    letter_digest,
)
from requests.services.people.by_letter import (
    Opens,
    opened_by,
)
from requests.services.people.by_mail import (
    asks_fact,
    fact_of,
    knows_fact,
)
from requests.services.people.identity import (
    ask_identity,
    ask_processing,
    confirm_identity,
    go_on_unanswered,
    note_not_proven,
)
from requests.services.people.mandates import (
    mandates_for,
    note_mandate,
    use_mandate,
    who_of,
)
from requests.services.people.matching import (
    begin,
    confirm_match,
    confirmed_involvements,
    leave_unproven,
    note_deceased,
    propose_matches,
    reject_match,
    without_search,
)
from requests.services.people.posted import (
    codes_to_post,
    empty_expired_letters,
    live_code,
    make_posted_code,
    note_posted,
    open_letter,
    verify_posted_code,
)
from requests.services.people.proof import (
    Unproven,
    is_proven,
    mandate_of,
    proven_rungs,
    require_mandate,
    require_proven,
    unproven,
    whole_outcome,
)
from requests.services.people.provider import (
    prove_by_provider,
)
from requests.services.receipt import (
    Submission,
    Submitted,
    change_rights,
    make_request,
    submit,
)
from requests.services.rights.at_once import (
    asks_at_once,
    carry_out_at_once,
    must_stop_today,
    remember_home,
    stopped_before,
)
from requests.services.rights.confirming import (
    confirm_at_once,
    to_confirm,
)
from requests.services.rights.correcting import (
    corrections_of,
    drop_correction,
    note_identity,
    note_record,
    note_statement,
)
from requests.services.rights.pausing import (
    announce_end,
    end_pause,
    pause_meanwhile,
)
from requests.services.rights.reviewing import (
    NewDecision,
    review,
)
from requests.services.rights.settling import (
    settle_erasures,
)
from requests.services.rights.suspending import suspended_for
from requests.services.rights.telling_again import tell_again
from requests.services.rights.work import pause_ended
from requests.services.sellers import (
    sellers_to_tend,
    tend_sellers,
    to_send_on,
)
from requests.services.without_data import (
    decide_without_data,
)

__all__ = [
    "AT_ONCE",
    "Assigned",
    "NewDecision",
    "Opened",
    "Opens",
    "Submission",
    "Submitted",
    "Unproven",
    "alike",
    "announce_end",
    "answer",
    "answer_question",
    "approve",
    "ask_identity",
    "ask_processing",
    "asks_at_once",
    "asks_fact",
    "assign",
    "attach",
    "attachments_of",
    "begin",
    "body_of",
    "carry_out_at_once",
    "change_rights",
    "clock_of",
    "close",
    "codes_to_post",
    "colleagues",
    "concerns",
    "confirm_at_once",
    "confirm_identity",
    "confirm_match",
    "confirmed_involvements",
    "corrections_of",
    "decide",
    "decide_without_data",
    "destroy_copy",
    "drop_correction",
    "duplicates_of",
    "email_of",
    "empty_expired_letters",
    "end_pause",
    "extend_deadline",
    "fact_of",
    "facts_of",
    "give_back",
    "give_back_lost",
    "go_on_unanswered",
    "is_proven",
    "join_letter",
    "keep_mail_key",
    "kept_copies",
    "knows_fact",
    "leave_unproven",
    "letter_digest",
    "live_code",
    "locked",
    "mail_key_of",
    "make_posted_code",
    "make_request",
    "mandate_of",
    "mandates_for",
    "mark_of_code",
    "may_see_aml",
    "may_withdraw",
    "merge",
    "messages_of",
    "must_stop_today",
    "note_deceased",
    "note_identity",
    "note_mandate",
    "note_not_proven",
    "note_not_the_same",
    "note_posted",
    "note_record",
    "note_statement",
    "open_attachment",
    "open_letter",
    "open_link",
    "open_with_code",
    "opened_by",
    "own_files",
    "pause_ended",
    "pause_meanwhile",
    "propose_matches",
    "prove_by_provider",
    "proven_rungs",
    "reason_of",
    "receive_message",
    "reject_match",
    "remember_home",
    "renew_page_code",
    "require_mandate",
    "require_other",
    "require_proven",
    "review",
    "sellers_to_tend",
    "send_message",
    "send_new_code",
    "send_new_link",
    "settle_erasures",
    "situation_of",
    "stopped_before",
    "submit",
    "suspended_for",
    "take",
    "takes_messages",
    "tell_again",
    "tend_sellers",
    "to_confirm",
    "to_send_on",
    "unproven",
    "use_mandate",
    "verify_email_code",
    "verify_posted_code",
    "who_of",
    "whole_outcome",
    "withdraw",
    "without_search",
]
