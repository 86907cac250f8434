"""What people read instead of the names of columns and events."""

from django.utils.translation import gettext_lazy as _

ANCHORS = {
    "opened_on": _("Opened"),
    "closed_on": _("Closed"),
    "reopened_on": _("Opened again"),
    "relation_ended_on": _("Relation ended"),
    "mutual_claims_settled_on": _("Mutual claims settled"),
    "no_longer_relevant_on": _("No longer relevant"),
    "has_business_relationship": _("Business relationship entered"),
    "relationship_ended_on": _("Business relationship ended"),
    "transaction_on": _("Transaction"),
    "unusual_report_on": _("Report of an unusual transaction"),
    "statutory_period_until": _("Kept by law until"),
    "last_contact_on": _("Last contact by the person"),
    "unsubscribed_on": _("Unsubscribed"),
    "financial_year_ended_on": _("Financial year ended"),
    "request_closed_on": _("Request closed"),
    "consent_withdrawn_on": _("Consent withdrawn"),
    "early_erasure_decided_on": _("Early erasure decided"),
    "client_instructed_on": _("Instruction by the client"),
    "found_unlawful_on": _("Found to be kept unlawfully"),
}
# Groups of what is held of a person, as their buttons and the look in the ledger name them.
GROUPS = {
    "identity": _("Address and contact details"),
    "data": _("Pieces of data"),
    "shared": _("Why it was shared"),
    "consents": _("Proof of consent"),
    "decisions": _("What a computer decided"),
    "contacts": _("What was said or written"),
}
CHANNELS = {
    "letter": _("Letter"),
    "phone": _("Telephone"),
    "email": _("E-mail"),
    "visit": _("Visit"),
    "portal": _("Portal"),
    "sms": _("Text message"),
}
FIELDS_OF_ADDRESS = ("street", "number", "postcode", "city", "country")
