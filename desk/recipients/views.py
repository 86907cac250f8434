"""Who received data in which period, and what went outside the EEA: counts, and rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from alektum_privacy.access import needs
from audit import hiding
from desk.people import lists
from desk.people.sight import Sight
from desk.recipients.forms import PeriodForm, a_year_until
from policy.articles import reference_of
from policy.calendars import add_months
from policy.models import DataCategory, Purpose, RecipientCategory
from requests.countries import country_name
from subjects import sharing
from subjects.constants import TransferMechanism
from subjects.models import Disclosure, DisclosureCount, Organisation, Recipient

PAGE = 50
MONTHS_DRAWN = 24
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Row:
    """What one organisation received in one part, with the purposes and countries under it."""

    organisation: str
    reference: str
    category: str
    number: int
    first: date
    last: date
    shares: tuple[dict[str, Any], ...]


def _number(request: HttpRequest, name: str = "after") -> int:
    text = request.GET.get(name, "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


def _language() -> str:
    return "en" if (get_language() or "nl").startswith("en") else "nl"


# --- everybody ------------------------------------------------------------------------------------


@needs("subjects.view_disclosurecount")
@require_GET
def everybody(request: HttpRequest) -> HttpResponse:
    """Show which organisations received data in a period, for what, and how often."""
    return _page(request, outside=False)


@needs("subjects.view_disclosurecount")
@require_GET
def transfers(request: HttpRequest) -> HttpResponse:
    """Show what went to countries outside the EEA, and what makes that lawful."""
    return _page(request, outside=True)


def _page(request: HttpRequest, *, outside: bool) -> HttpResponse:
    usual = a_year_until(timezone.localdate())
    asked = bool({"since", "until"} & request.GET.keys())
    given = request.GET.copy()
    if not asked:
        given.update({name: day.isoformat() for name, day in usual.items()})
    form = PeriodForm(given)
    found = DisclosureCount.objects.none()
    if form.is_valid():
        found = _found(request, form.cleaned_data, outside=outside)
    rows, next_page = _rows(request, found)
    by_category = _by_category(found)
    context = {
        "form": form,
        "same_period": _same(form.cleaned_data) if form.is_valid() else "",
        "outside": outside,
        "rows": rows,
        "next_page": next_page,
        "by_category": by_category,
        "total": sum(number for _category, number in by_category),
        "counted_at": sharing.counted_at(),
        "knows_all": not hiding.purposes_hidden_from(request.user),
    }
    status = 200 if form.is_valid() else UNPROCESSABLE
    return render(request, "desk/recipients/list.html", context, status=status)


def _same(asked: dict[str, Any]) -> str:
    """Return the address that asks the same of another page: the figure there is the same."""
    named = {
        "since": asked["since"].isoformat() if asked["since"] else "",
        "until": asked["until"].isoformat() if asked["until"] else "",
        "category": asked["category"].pk if asked["category"] else "",
        "purpose": asked["purpose"].pk if asked["purpose"] else "",
    }
    return f"?{urlencode({name: value for name, value in named.items() if value})}"


def _found(
    request: HttpRequest, asked: dict[str, Any], *, outside: bool = False
) -> QuerySet[DisclosureCount]:
    unseen = hiding.purposes_hidden_from(request.user)
    found = sharing.counts(without=unseen, since=asked.get("since"), until=asked.get("until"))
    if category := asked.get("category"):
        found = found.filter(recipient__category=category)
    if purpose := asked.get("purpose"):
        found = found.filter(purpose=purpose)
    return sharing.outside_the_eea(found) if outside else found


def _rows(request: HttpRequest, found: QuerySet[DisclosureCount]) -> tuple[list[Row], str]:
    """Return a page of recipients by key, and the address of what follows."""
    page = list(
        found.filter(recipient__gt=_number(request))
        .order_by("recipient_id")
        .values_list("recipient_id", flat=True)
        .distinct()[: PAGE + 1]
    )
    if not page:
        return [], ""
    shares = sharing.shares(found.filter(recipient__in=page[:PAGE]))
    following = request.GET.copy()
    following["after"] = str(page[:PAGE][-1])
    return _grouped(shares), f"?{following.urlencode()}" if len(page) > PAGE else ""


def _grouped(shares: Sequence[sharing.Share]) -> list[Row]:
    categories = {row.pk: row.name for row in RecipientCategory.objects.all()}
    purposes = {row.pk: row.name for row in Purpose.objects.all()}
    rows: dict[int, Row] = {}
    for one in shares:
        told = (_told(one, purposes),)
        if (row := rows.get(one.recipient_id)) is None:
            rows[one.recipient_id] = Row(
                organisation=one.organisation,
                reference=one.reference,
                category=categories[one.category],
                number=one.number,
                first=one.first,
                last=one.last,
                shares=told,
            )
        else:
            rows[one.recipient_id] = replace(
                row,
                number=row.number + one.number,
                first=min(row.first, one.first),
                last=max(row.last, one.last),
                shares=row.shares + told,
            )
    return list(rows.values())


def _told(one: sharing.Share, purposes: dict[str, str]) -> dict[str, Any]:
    mechanism = TransferMechanism(one.mechanism).label if one.mechanism else ""
    return {
        "purpose": purposes[one.purpose],
        "country": country_name(one.country, _language()),
        "mechanism": mechanism,
        "article": reference_of(one.mechanism),
        "number": one.number,
    }


def _by_category(found: QuerySet[DisclosureCount]) -> list[tuple[str, int]]:
    counted = found.order_by().values_list("recipient__category_id").annotate(Sum("number"))
    number = dict(counted)
    return [
        (category.name, number[category.pk])
        for category in RecipientCategory.objects.order_by("code")
        if category.pk in number
    ]


# --- one ------------------------------------------------------------------------------------------


@needs("subjects.view_disclosurecount")
@require_GET
def one(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show what one organisation received: by month, by purpose, and the rows for who may.

    All of it, or of the months, the part and the purpose that the address asks for.
    """
    organisation = get_object_or_404(Organisation, reference=reference)
    roles = list(Recipient.objects.filter(organisation=organisation).select_related("category"))
    form = PeriodForm(request.GET)
    found, rows, next_page = DisclosureCount.objects.none(), list[Any](), ""
    sees_rows = request.user.has_perm("subjects.view_dossier")
    if form.is_valid():
        asked = form.cleaned_data
        found = _found(request, asked).filter(recipient__in=roles)
        if sees_rows:
            rows, next_page = _disclosures(request, roles, asked)
    months = found.order_by("-month").values_list("month").annotate(Sum("number"))
    context = {
        "form": form,
        "narrowed": form.is_valid() and any(form.cleaned_data.values()),
        "organisation": organisation,
        "country": country_name(organisation.country, _language()),
        "roles": roles,
        "agreements": "; ".join(role.agreement for role in roles if role.agreement),
        "parts": _grouped(sharing.shares(found)),
        "months": [(date_format(month, "F Y"), number) for month, number in months[:MONTHS_DRAWN]][
            ::-1
        ],
        "sees_rows": sees_rows,
        "rows": rows,
        "next_page": next_page,
        "counted_at": sharing.counted_at(),
        "trail": [(_("Recipients"), reverse("recipients:list"))],
    }
    status = 200 if form.is_valid() else UNPROCESSABLE
    return render(request, "desk/recipients/one.html", context, status=status)


def _disclosures(
    request: HttpRequest, roles: Sequence[Recipient], asked: dict[str, Any]
) -> tuple[list[tuple[Disclosure, list[str]]], str]:
    """Return a page of disclosures, the latest day first: dossiers by reference, never a name.

    Those, and those kinds of data, that this colleague would see on the page of the dossier.
    """
    sight = Sight.of(request)
    found = lists.disclosures_seen(Disclosure.objects.all(), sight).exclude(
        involvement__dossier__purpose__in=hiding.purposes_hidden_from(request.user)
    )
    if since := asked["since"]:
        found = found.filter(disclosed_on__gte=since.replace(day=1))
    if until := asked["until"]:
        found = found.filter(disclosed_on__lt=add_months(until.replace(day=1), 1))
    if purpose := asked["purpose"]:
        found = found.filter(purpose=purpose)
    if before := _before(request):
        day, pk = before
        found = found.filter(Q(disclosed_on__lt=day) | Q(disclosed_on=day, pk__lt=pk))
        found = found.filter(disclosed_on__lte=day)
    category = asked["category"]
    keys = [
        key
        for role in roles
        if category in (None, role.category)
        for key in _newest_of(found, role)
    ]
    keys = sorted(keys, reverse=True)[: PAGE + 1]
    rows = (
        Disclosure.objects.filter(pk__in=[pk for _day, pk in keys[:PAGE]])
        .select_related("purpose", "involvement__dossier")
        .defer("sealed_reason", "involvement__sealed_identity")
        .order_by("-disclosed_on", "-pk")
    )
    names = {row.pk: row.name for row in DataCategory.objects.all()}
    page = [
        (row, [names.get(code, code) for code in row.data_categories if code not in sight.hidden])
        for row in rows
    ]
    if len(keys) <= PAGE:
        return page, ""
    day, pk = keys[PAGE - 1]
    following = request.GET.copy()
    following["after"] = f"{day.isoformat()}_{pk}"
    return page, f"?{following.urlencode()}"


def _newest_of(found: QuerySet[Disclosure], role: Recipient) -> list[tuple[date, int]]:
    """Return the day and key of a page of one part: a walk of the index by recipient and day."""
    rows = found.filter(recipient=role).order_by("-disclosed_on", "-pk")
    return list(rows.values_list("disclosed_on", "pk")[: PAGE + 1])


def _before(request: HttpRequest) -> tuple[date, int] | None:
    """Return the day and key of the last row shown; 404 where somebody wrote something else."""
    text = request.GET.get("after", "")
    if not text:
        return None
    day, _underscore, key = text.partition("_")
    try:
        read = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if not key.isascii() or not key.isdecimal() or len(key) > 18:
        raise Http404
    return read, int(key)
