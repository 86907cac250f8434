"""The words of an answer: what the law makes us say, in plain sentences."""

from django.utils.translation import gettext_lazy as _

RTS = "RTS"

MECHANISMS = {
    "45": _("The European Commission decided that this country protects data well enough"),
    "46.2.c": _("A contract with standard clauses of the European Commission"),
    "46.2.b": _("Binding rules inside the group of companies"),
    "49.1.e": _("The transfer was needed for a legal claim"),
}

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
    "days_late": _("Days too late"),
    "description": _("Description"),
    "dossier_number": _("Dossier number"),
    "due_on": _("Due on"),
    "effect": _("Effect"),
    "emails": _("E-mail addresses"),
    "employer": _("Employer"),
    "file_bytes": _("Size in bytes"),
    "file_name": _("File name"),
    "file_type": _("Kind of file"),
    "files": _("File"),
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
    "situation": _("How you know us"),
    "status": _("Status"),
    "street": _("Street"),
    "text": _("Text"),
    "topic": _("Subject"),
    "value": _("Value"),
    "weights": _("How much each counted"),
    "would_change": _("What would have changed the result"),
}
