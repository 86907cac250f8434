"""Choices of a request, and the table of what may follow what."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

SOURCE = "requests"  # `source_system` of the dossiers that requests open
ZONE = "Europe/Amsterdam"

DRAFT_DAYS = 7
MAIL_DAYS = 30
CODE_DIGITS = 6
CODE_MINUTES = 15
CODE_ATTEMPTS = 5
LINK_DAYS = 14
MOST_FILES = 5  # with one letter or message
MOST_FILE_BYTES = 10 * 1024 * 1024
# So long after a request ended a letter of the same person may still be about it.
JOINS_WITHIN = timedelta(days=90)
# How long the browser that sent a request may see its access code again.
CODE_SHOWN_FOR = timedelta(hours=1)
# A second click on the button that sends, with the session from before the first one.
SECOND_CLICK = timedelta(minutes=10)


class State(models.TextChoices):
    """Where a request stands; `TRANSITIONS` tells what may follow."""

    RECEIVED = "received", _("Received")
    WAITING = "waiting", _("Waiting for your answer")
    HANDLING = "handling", _("We are working on it")
    APPROVED = "approved", _("The answer is being made")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


TRANSITIONS: dict[str, tuple[State, ...]] = {
    State.RECEIVED: (State.WAITING, State.HANDLING, State.WITHDRAWN, State.CLOSED),
    State.WAITING: (State.HANDLING, State.WITHDRAWN, State.CLOSED),
    State.HANDLING: (State.WAITING, State.APPROVED, State.WITHDRAWN, State.CLOSED),
    State.APPROVED: (State.ANSWERED,),
    State.ANSWERED: (State.CLOSED,),
    State.CLOSED: (),
    State.WITHDRAWN: (),
}
# From these a request closes only when it joined an earlier one; questions and complaints, when
# they are answered. The database refuses all else.
UNANSWERED = (State.RECEIVED, State.WAITING, State.HANDLING)
OPEN = (State.RECEIVED, State.WAITING, State.HANDLING, State.APPROVED)
ENDED = (State.ANSWERED, State.CLOSED, State.WITHDRAWN)
# The way a request goes, for whoever sorts by it; those that are open come first.
STATE_ORDER: dict[str, int] = {
    State.RECEIVED: 1,
    State.WAITING: 2,
    State.HANDLING: 3,
    State.APPROVED: 4,
    State.ANSWERED: 5,
    State.CLOSED: 6,
    State.WITHDRAWN: 7,
}
LAST_OPEN = STATE_ORDER[State.APPROVED]


class Channel(models.TextChoices):
    """How it reached us."""

    PORTAL = "portal", _("This site")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    LETTER = "letter", _("Letter")
    API = "api", _("Connected system")


class Right(models.TextChoices):
    """The rights of the statement, and human review of an automated decision."""

    ACCESS = "access", _("See my data")
    RECTIFICATION = "rectification", _("Have my data corrected")
    ERASURE = "erasure", _("Have my data erased")
    RESTRICTION = "restriction", _("Have the use of my data paused")
    OBJECTION = "objection", _("Object to the use of my data")
    MARKETING = "marketing", _("Stop marketing")
    PORTABILITY = "portability", _("Take my data with me")
    CONSENT = "consent", _("Withdraw my consent")
    REVIEW = "review", _("Have a person look at an automated decision")


ARTICLES: dict[str, str] = {
    Right.ACCESS: "15",
    Right.RECTIFICATION: "16",
    Right.ERASURE: "17",
    Right.RESTRICTION: "18",
    Right.OBJECTION: "21.1",
    Right.MARKETING: "21.2",
    Right.PORTABILITY: "20",
    Right.CONSENT: "7.3",
    Right.REVIEW: "22.3",
}


class Kind(models.TextChoices):
    """What came in. Only a request has rights and a clock."""

    REQUEST = "request", _("Request")
    ENQUIRY = "enquiry", _("Question")
    COMPLAINT = "complaint", _("Complaint")


class Mention(models.TextChoices):
    """What a letter says besides the rights it invokes."""

    RECIPIENTS = "recipients", _("Tell the recipients, and name them (Article 19)")
    PUBLISHED = "published", _("Tell who took over what was made public (Article 17(2))")
    SAFEGUARDS = "safeguards", _("Name the safeguards of transfers (Article 46)")
    DISPUTE = "dispute", _("Says not to owe this")
    MISTAKEN = "mistaken", _("Says to be somebody else")
    REMINDER = "reminder", _("Reminds of an earlier letter")
    COMPLAINT = "complaint", _("Complains")
    ENQUIRY = "enquiry", _("Asks a question")
    WITHDRAWAL = "withdrawal", _("Takes the request back")


class Situation(models.TextChoices):
    """How a person knows us, in their own words; never a legal category."""

    LETTER = "letter", _("I got a letter, a bill or a message")
    BILL = "bill", _("I got a bill from a shop or company with your payment details")
    DEBT = "debt", _("I have, or had, a debt or a case with you")
    GUARANTOR = "guarantor", _("I am a guarantor for somebody")
    RELATED = "related", _("I am a partner, heir or somebody else in a case")
    CONTACT = "contact", _("I am a contact person of a company or an authority")
    MARKETING = "marketing", _("I get news or offers from you")
    DISPUTE = "dispute", _("I do not owe what you ask me to pay")
    NOT_ME = "not_me", _("I am not the person you are looking for")
    UNKNOWN = "unknown", _("I don't know, or something else")


# What a person asks who says this, whatever else they ask.
RIGHTS_OF_SITUATION: dict[str, tuple[Right, ...]] = {
    Situation.DISPUTE: (Right.RECTIFICATION,),
    Situation.NOT_ME: (Right.RECTIFICATION, Right.ERASURE),
}
RIGHTS_OF_MENTION: dict[str, tuple[Right, ...]] = {
    Mention.DISPUTE: RIGHTS_OF_SITUATION[Situation.DISPUTE],
    Mention.MISTAKEN: RIGHTS_OF_SITUATION[Situation.NOT_ME],
}


class Wish(models.TextChoices):
    """What a person wants, in plain words: no right is named."""

    SEE = "see", _("I want to see my data")
    WRONG = "wrong", _("Something is not right")
    ERASE = "erase", _("Erase my data")
    ADS = "ads", _("Stop the advertising")
    NOT_OWED = "not_owed", _("I do not have to pay this")
    NOT_ME = "not_me", _("I am not the person you are looking for")
    PAUSE = "pause", _("Do not use my data for a while")
    STOP = "stop", _("Stop using my data")
    TAKE = "take", _("I want to take my data with me")
    CONSENT = "consent", _("I take back a permission I gave")
    HUMAN = "human", _("Let a person look at what a computer decided")
    QUESTION = "question", _("I only have a question")
    COMPLAINT = "complaint", _("I have a complaint")


RIGHTS_OF_WISH: dict[str, tuple[Right, ...]] = {
    Wish.SEE: (Right.ACCESS,),
    Wish.WRONG: (Right.RECTIFICATION,),
    Wish.ERASE: (Right.ERASURE,),
    Wish.ADS: (Right.MARKETING,),
    Wish.NOT_OWED: RIGHTS_OF_MENTION[Mention.DISPUTE],
    Wish.NOT_ME: RIGHTS_OF_MENTION[Mention.MISTAKEN],
    Wish.PAUSE: (Right.RESTRICTION,),
    Wish.STOP: (Right.OBJECTION,),
    Wish.TAKE: (Right.PORTABILITY,),
    Wish.CONSENT: (Right.CONSENT,),
    Wish.HUMAN: (Right.REVIEW,),
}
MENTION_OF_WISH: dict[str, Mention] = {
    Wish.NOT_OWED: Mention.DISPUTE,
    Wish.NOT_ME: Mention.MISTAKEN,
    Wish.QUESTION: Mention.ENQUIRY,
    Wish.COMPLAINT: Mention.COMPLAINT,
}


class MatchState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    CONFIRMED = "confirmed", _("This is the person")
    REJECTED = "rejected", _("This is somebody else")
    UNPROVEN = "unproven", _("May be the person, but that is not proven")
    DECEASED = "deceased", _("This is the person who has died")


class IdentityMethod(models.TextChoices):
    """By what we know who asks; never a copy of an identity document by default."""

    FILE_FACTS = "file_facts", _("Facts of the file, and the e-mail address on file")
    EMAIL_ON_FILE = "email_on_file", _("The e-mail address on file, proved by a code")
    CALL_BACK = "call_back", _("Called back on the number on file")
    POSTED_CODE = "posted_code", _("A code sent to the address on file")
    IN_PERSON = "in_person", _("In person")
    MASKED_DOCUMENT = "masked_document", _("A masked document, looked at by exception")
    PROVIDER = "provider", _("Signed in with an identity provider")
    MANDATE = "mandate", _("A representative whose authority was seen")
    OTHER = "other", _("Another way, with a reason")


class IdentityResult(models.TextChoices):
    PROVEN = "proven", _("Proven")
    DOUBT = "doubt", _("Reasonable doubt: more was asked")
    NOT_PROVEN = "not_proven", _("Not proven")


class DoubtReason(models.TextChoices):
    """Why there is reasonable doubt: only then may more be asked (GDPR Article 12(6))."""

    SEVERAL_MATCH = "several_match", _("More than one person fits")
    DETAILS_DIFFER = "details_differ", _("The details differ from those on file")
    TOO_LITTLE = "too_little", _("Too little was given to know who asks")
    ADDRESS_UNKNOWN = "address_unknown", _("The e-mail address is not the one on file")
    SENSITIVE = "sensitive", _("The file holds data that need more certainty")


class QuestionAbout(models.TextChoices):
    """What a question to the person is about; both may pause the clock."""

    IDENTITY = "identity", _("Who you are")
    PROCESSING = "processing", _("Which processing you mean")


class ExtensionReason(models.TextChoices):
    """The only reasons the law knows (GDPR Article 12(3))."""

    COMPLEXITY = "complexity", _("The request is complex")
    NUMBER = "number", _("There are many requests")


class Outcome(models.TextChoices):
    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    REFUSED = "refused", _("Refused")
    FORWARDED = "forwarded", _("Forwarded to the client who decides")
    NOTHING_FOUND = "nothing_found", _("Nothing found")
    NOT_PROVEN = "not_proven", _("Not answered: it is not proven who asks")
    UNIDENTIFIABLE = "unidentifiable", _("Not answered: nobody can be told apart in the data")
    DECEASED = "deceased", _("Not answered: the person meant has died")
    NOT_APPLICABLE = "not_applicable", _("Does not apply to these data")


class Refused(models.TextChoices):
    """How much of a whole request was refused, in figures and in the ledger."""

    NO = "no", _("Nothing refused")
    PARTLY = "partly", _("Refused in part")
    WHOLLY = "wholly", _("Refused")


# What needs a second person: legal requirements, section 1.4. Not to act is a refusal too.
FOUR_EYES = (Outcome.REFUSED, Outcome.NOT_PROVEN, Outcome.UNIDENTIFIABLE)
# What does not give all that was asked: with one of these a request is refused, at least in part.
NOT_ALL = (*FOUR_EYES, Outcome.PARTLY)
# Outcomes of a whole request that opens no data, each with a text of its own.
WITHOUT_DATA = (
    Outcome.NOTHING_FOUND,
    Outcome.NOT_PROVEN,
    Outcome.UNIDENTIFIABLE,
    Outcome.DECEASED,
)
# What is given, in whole or in part: then something is carried out.
GIVEN = (Outcome.GRANTED, Outcome.PARTLY)
# A request that is an abuse, or has no ground at all: the intention is kept with it.
EXCESSIVE = "12.5"
# Of what should never have been held: a wrong person, or unlawful use.
UNLAWFUL = "17.1.d"
# What takes effect the same day, before anybody decides (GDPR Articles 7(3) and 21(3)).
AT_ONCE = (Right.MARKETING, Right.CONSENT)
# How the statement calls a right in its decision matrix, where that differs.
MATRIX_CODES: dict[str, str] = {
    Right.MARKETING: "marketing_objection",
    Right.CONSENT: "consent_withdrawal",
    Right.REVIEW: "human_review",
}


class Part(models.TextChoices):
    """The part of a dossier a decision is about, where the matrix tells it apart."""

    WHOLE = "", _("The file")
    SCORE = "score", _("Scores and profile")
    SPECIAL = "special", _("Health or criminal data")


class EffectKind(models.TextChoices):
    """What a decision does in the registry."""

    ERASE = "erase", _("Data put on the list for erasure")
    RESTRICT = "restrict", _("Use paused")
    END_USE = "end_use", _("Use for this purpose ended")
    UNSUBSCRIBE = "unsubscribe", _("Marketing ended")
    SUPPRESS = "suppress", _("Addresses shut for marketing")
    WITHDRAW = "withdraw", _("Consent withdrawn")
    RECTIFY = "rectify", _("Data corrected")
    BOOK = "book", _("Correction booked beside")
    RECOMPUTE = "recompute", _("New computation of the score asked")
    DISPUTE = "dispute", _("Dispute noted, the client is asked")
    UNLINK = "unlink", _("File unlinked from this person")
    SUSPEND = "suspend", _("Measure suspended")
    REVIEW = "review", _("Decided anew by a person")


class EffectState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Carried out")


class ReviewResult(models.TextChoices):
    """What a person decided instead of the computer."""

    UPHELD = "upheld", _("The decision stays")
    CHANGED = "changed", _("Another decision")


class Cause(models.TextChoices):
    """Why the due date was computed (again)."""

    RECEIVED = "received", _("Request received")
    ASKED = "asked", _("A question was asked")
    ANSWERED = "answered", _("The question was answered")
    EXTENDED = "extended", _("The period was extended")


class Direction(models.TextChoices):
    BY_PERSON = "in", _("From you")
    TO_PERSON = "out", _("From us")


class MailState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class MailKind(models.TextChoices):
    """What a mail tells: never more than a number and a link."""

    RECEIVED = "received", _("Request received")
    CODE = "code", _("Code")
    NEWS = "news", _("Something new on the page")
    LINK = "link", _("New link")
    REMINDER = "reminder", _("Reminder to a colleague")
    TOLD = "told", _("Link for an organisation")
    SYSTEM = "system", _("Reminder to who runs a system")
    STATEMENT = "statement", _("Changed privacy statement")
    SIGNED_IN = "signed_in", _("Somebody showed who they are")
    DRAFT = "draft", _("Link to a form that was saved")
    ACCOUNT = "account", _("Change of a colleague's account")


class ForwardingState(models.TextChoices):
    """How far a request came that was sent on to the client who decides."""

    TO_SEND = "to_send", _("To be sent on")
    SENT = "sent", _("Sent on")
    ACKNOWLEDGED = "acknowledged", _("The client has it")
    UNANSWERED = "unanswered", _("Not confirmed within 60 days")
    RECALL = "recall", _("Sent on by mistake: the client is asked to erase it")
    RECALLED = "recalled", _("Taken back")


class PackKind(models.TextChoices):
    """What a pack holds."""

    ACCESS = "access", _("Your data, to see")
    PORTABILITY = "portability", _("Your data, to take along")
