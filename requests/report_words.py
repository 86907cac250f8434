"""The words of an answer: what the law makes us say, in plain sentences."""

from django.utils.translation import gettext_lazy as _

RTS = "RTS"

LAWFUL_BASES = {
    "6.1.a": _("You agreed to it (GDPR Article 6(1)(a))."),
    "6.1.b": _("It is needed for an agreement with you (GDPR Article 6(1)(b))."),
    "6.1.c": _("The law obliges us (GDPR Article 6(1)(c))."),
    "6.1.d": _("It protects somebody's life (GDPR Article 6(1)(d))."),
    "6.1.e": _("It is a task in the public interest (GDPR Article 6(1)(e))."),
    "6.1.f": _(
        "We or our client have a legitimate interest, such as collecting a debt"
        " (GDPR Article 6(1)(f)). You may object to this."
    ),
    "9.2.a": _("You agreed to it explicitly (GDPR Article 9(2)(a))."),
    "9.2.f": _("It is needed for a legal claim (GDPR Article 9(2)(f))."),
    "10": _("The law allows us to use data about offences (GDPR Article 10)."),
}

MECHANISMS = {
    "45": _("The European Commission decided that this country protects data well enough"),
    "46.2.c": _("A contract with standard clauses of the European Commission"),
    "46.2.b": _("Binding rules inside the group of companies"),
    "49.1.e": _("The transfer was needed for a legal claim"),
}

RIGHTS = (
    ("access", "15", _("Access"), _("You may ask which data we have about you, and a copy.")),
    (
        "rectification",
        "16",
        _("Correction"),
        _("Is something wrong or missing? Then you may have it corrected."),
    ),
    (
        "erasure",
        "17",
        _("Erasure"),
        _("You may ask us to erase data. Sometimes the law makes us keep them."),
    ),
    (
        "restriction",
        "18",
        _("Restriction"),
        _("You may ask us not to use data for a while, for example while we check them."),
    ),
    (
        "objection",
        "21",
        _("Objection"),
        _("You may object to our use of your data. To marketing you may always object."),
    ),
    (
        "portability",
        "20",
        _("Taking your data with you"),
        _("You may have the data you gave us in a file that a computer can read."),
    ),
    (
        "withdrawal",
        "7(3)",
        _("Withdrawing consent"),
        _("Did you agree to something? Then you may withdraw that at any time."),
    ),
    (
        "human_review",
        "22",
        _("A person's decision"),
        _("Did a computer decide about you? Then you may ask that a person looks again."),
    ),
)

DIRECTIONS = {"in": _("From you"), "out": _("To you")}
CHANNELS = {
    "letter": _("Letter"),
    "post": _("Letter"),
    "phone": _("Telephone"),
    "call": _("Telephone"),
    "email": _("E-mail"),
    "portal": _("Website"),
    "sms": _("Text message"),
    "visit": _("Visit"),
    "api": _("Website"),
}

# What the fields are called in which data come in; another word is shown as it came.
FIELDS = {
    "account": _("Account"),
    "addresses": _("Addresses"),
    "amount": _("Amount"),
    "birth_date": _("Date of birth"),
    "city": _("City"),
    "costs": _("Costs"),
    "country": _("Country"),
    "currency": _("Currency"),
    "date": _("Date"),
    "description": _("Description"),
    "dossier_number": _("Dossier number"),
    "due_on": _("Due on"),
    "effect": _("Effect"),
    "emails": _("E-mail addresses"),
    "employer": _("Employer"),
    "first_name": _("First name"),
    "ibans": _("Account numbers (IBAN)"),
    "income": _("Income"),
    "initials": _("Initials"),
    "inputs": _("Data used"),
    "interest": _("Interest"),
    "invoice_number": _("Invoice number"),
    "kind": _("Kind"),
    "last_name": _("Last name"),
    "note": _("Note"),
    "number": _("Number"),
    "outcome": _("Outcome"),
    "paid": _("Paid"),
    "phones": _("Telephone numbers"),
    "postcode": _("Postcode"),
    "principal": _("Principal"),
    "product": _("Product"),
    "reference": _("Reference"),
    "result": _("Result"),
    "score": _("Score"),
    "status": _("Status"),
    "street": _("Street"),
    "text": _("Text"),
    "topic": _("Subject"),
    "value": _("Value"),
    "weights": _("How much each counted"),
    "would_change": _("What would have changed the result"),
}
