"""What the parts and fields of a statement file are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PARTS: dict[str, str | Promise] = {
    "promises": _("Sentences of the statement"),
    "headings": _("Headings"),
    "purposes": _("Purposes"),
    "retention_rules": _("Rules of retention"),
    "rights": _("What a person may ask"),
    "decisions": _("What we propose to decide"),
    "lawful_bases": _("Lawful bases"),
    "subject_categories": _("Kinds of people"),
    "data_categories": _("Kinds of data"),
    "source_categories": _("Kinds of sources"),
    "recipient_categories": _("Kinds of recipients"),
    "automated_decisions": _("Automated decisions"),
    "controller": _("Who is responsible"),
    "complaint": _("Complaints"),
    "court": _("The court"),
    "supervisory_authorities": _("Supervisory authorities"),
}
# Of a sentence that came or went these say nothing that its words and number do not.
OF_FILE = frozenset(["section", "form", "kind"])
FIELDS: dict[str, str | Promise] = {
    "section": _("Section"),
    "kind": _("Kind"),
    "form": _("Layout"),
    "nl": _("Dutch"),
    "en": _("English"),
    "months": _("Months"),
    "days": _("Days"),
    "anchor": _("Counted from"),
    "article": _("Article"),
    "sentence": _("Sentence"),
    "kept_by": _("What keeps it"),
    "rules": _("Rules of retention"),
    "bases": _("Lawful bases"),
    "data": _("Which data"),
    "sources": _("From whom"),
    "recipients": _("Who receives them"),
    "subjects": _("About whom"),
}
# What each piece of software does to keep a promise (`policy/data/keepers.yaml`), for anybody.
SOFTWARE: dict[str, str | Promise] = {
    "alektum_privacy.access": _("Each page asks first whether the colleague may see it."),
    "audit.models.Entry": _("What colleagues see and do is noted, and cannot be changed after."),
    "audit.services": _("Every change and every look is written in the ledger."),
    "desk.roles": _("Each role may see and do only what stands in one list."),
    "policy.deadlines": _("The last day of an answer is counted as the law says."),
    "policy.difference": _("What changed between two versions is shown side by side."),
    "policy.models.PolicyVersion": _("Each version of the statement is kept, and cannot change."),
    "policy.models.RetentionRule": _("How long we keep data stands in rules, taken from the text."),
    "policy.periods": _("The day on which data must go is counted from these rules."),
    "policy.statement": _("Letters and pages take their words from the published statement."),
    "requests.intake": _(
        "A request comes in by the website, by letter, by e-mail or by telephone."
    ),
    "requests.mail": _("Letters and messages about a request are written and sent, with proof."),
    "requests.portal": _(
        "People ask on the website, follow their request there and get the answer."
    ),
    "retention.models.LegalHold": _("Data needed for a legal claim are held back, by two people."),
    "retention.planning": _("Each night what must go is put on a list, in good time."),
    "subjects.constants.Phase": _("Of each dossier it is known in which phase it is."),
    "subjects.constants.SpecialGround": _(
        "Sensitive data, such as health, come in only with a reason that the law allows."
    ),
    "subjects.constants.TransferMechanism": _(
        "What goes outside the EEA names what makes that lawful; without it, it is refused."
    ),
    "subjects.models.AutomatedDecision": _(
        "A decision by a computer is kept with its reasons, so that a person can look at it again."
    ),
    "subjects.models.Consent": _("When somebody consented is kept, and when that was withdrawn."),
    "subjects.models.ContactEvent": _("Each letter, call and message is kept with its day."),
    "subjects.models.Disclosure": _(
        "Who received which data is kept, with the day and the reason."
    ),
    "subjects.models.Dossier": _("Each dossier has one purpose, and goes by the rule of it."),
    "subjects.models.FirstContactNotice": _(
        "It is kept whether and when a person was told of the statement."
    ),
    "subjects.models.Involvement": _(
        "Of each person it is known what part they have in a dossier."
    ),
    "subjects.models.Organisation": _("Clients, sources and recipients are known by name."),
    "subjects.models.Recipient": _("Of each recipient it is known what kind it is and where."),
    "subjects.models.Suppression": _(
        "An address at which somebody wants no advertising stays shut, without their name."
    ),
    "vault.models.KeyOutbox": _(
        "What is destroyed cannot be read any more, not in a copy of the database either."
    ),
    "vault.services": _("Personal data are stored so that nobody can read them without the key."),
}
