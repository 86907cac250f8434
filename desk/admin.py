"""Colleagues' accounts. Who may give roles gives no more than that, and never to themselves.

Every change stands in the ledger, in the transaction that makes it.
"""

import json
from hashlib import sha256
from typing import Any, ClassVar, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Field, ManyToManyField, Model, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from desk.accounts import mail, sessions, watching
from desk.accounts.constants import Ended
from desk.roles import ROLES
from requests.tasks import send_mail, soon

WORDS = (_("Who it is"), {"fields": ("first_name", "last_name", "email")})
ACCESS = (_("What they may do"), {"fields": ("is_active", "groups")})
# Opens these pages, or everything: only who may do everything gives it.
POWERS = (_("Administration"), {"fields": ("is_staff", "is_superuser")})
POWER_FIELDS = ("is_staff", "is_superuser")

# What changes what somebody may do, or whether they may come in at all.
ENDS_SESSIONS = {"groups", "is_active", "is_staff", "is_superuser", "user_permissions"}

# On every page of `/admin/`, in place of the names of the framework.
admin.site.site_header = admin.site.site_title = "Alektum Privacy"
admin.site.index_title = _("Administration of accounts")

for model in (User, Group, Authenticator, EmailAddress, UserSession):
    # Second factors and sessions change where the ledger hears of it; addresses are none of ours.
    admin.site.unregister(model)


class NewAccountForm(UserCreationForm):
    """A name and a first password; who signs in with it sets up a second factor at once."""

    class Meta(UserCreationForm.Meta):
        help_texts: ClassVar = {"username": _("Letters and numbers, without spaces.")}


class AccountForm(UserChangeForm):
    """An account as it may be changed; `seen` is the stamp of what its reader saw."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = stamp_of(self.instance)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        now = stamp_of(User.objects.select_for_update().get(pk=self.instance.pk))
        if data.get("seen") and data["seen"] != now:
            self.data = cast(QueryDict, self.data).copy()
            self.data["seen"] = now
            raise forms.ValidationError(
                _(
                    "Another administrator changed this account after you opened the page. Nothing"
                    " you filled in is lost: look what changed, and save it again."
                )
            )
        return data


def stamp_of(account: User) -> str:
    """Return a mark of what an account is and may do: another after a change."""
    facts = [
        *(account.username, account.first_name, account.last_name, account.email),
        *(account.is_active, account.is_staff, account.is_superuser),
        *sorted(account.groups.values_list("pk", flat=True)),
    ]
    return sha256(json.dumps(facts).encode()).hexdigest()[:16]


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts: made, given roles, closed; never deleted, since the ledger names them by number."""

    form = AccountForm
    list_display = ("username", "last_name", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    add_form = NewAccountForm
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found = super().get_queryset(request)
        return found if request.user.is_superuser else found.filter(is_superuser=False)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        name = (None, {"fields": ("username", "password", "seen")})
        return [name, WORDS, ACCESS, *([POWERS] if request.user.is_superuser else [])]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Nobody widens their own rights, and only who may do everything touches their equals.
        may = super().has_change_permission(request, obj)
        if obj is None or request.user.is_superuser:
            return may
        return may and not (obj.pk == request.user.pk or obj.is_superuser or obj.is_staff)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.filter(name__in=ROLES)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in POWER_FIELDS and not request.user.is_superuser:
            return None
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @method_decorator(transaction.atomic)
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        if id.isdigit():
            # Who takes the second factor away at the same moment waits for this lock, or we do.
            User.objects.select_for_update().filter(pk=id).first()
        if id.isdigit() and watching.did(watching.RESET, int(id), by=request.user.pk or 0):
            messages.error(
                request,
                _(
                    "You took away this colleague's second factor less than 30 days ago. Another"
                    " administrator gives the new password."
                ),
            )
            return redirect("admin:auth_user_change", id)
        before = User.objects.filter(pk=id).values_list("password", flat=True).first()
        answer = super().user_change_password(request, id, form_url)
        found = User.objects.filter(pk=id).first()
        if found is not None and found.password != before:
            by = audit.actor_of(request.user)  # type: ignore[arg-type]
            audit.append(watching.PASSWORD_SET, object=f"user:{found.pk}", actor=by)
            sessions.end_all(found, Ended.PASSWORD, by=by, but=_own(request, found))
        return answer

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        by = audit.actor_of(request.user)  # type: ignore[arg-type]
        if change and ENDS_SESSIONS & set(form.changed_data):
            sessions.end_all(form.instance, Ended.ACCOUNT, by=by, but=_own(request, form.instance))
        if change and "email" in form.changed_data:
            audit.append(watching.ADDRESS_SET, object=f"user:{form.instance.pk}", actor=by)
            before, now = form.initial.get("email", ""), timezone.now()
            told = mail.tell(form.instance, "address", now=now, to=before)
            if told is not None:
                soon(send_mail, told.pk)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._tell(request, "account.added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._tell(request, "account.changed", obj)
        return super().log_change(request, obj, message)

    @staticmethod
    def _tell(request: HttpRequest, event: str, account: Any) -> None:
        audit.append(
            event,
            object=f"user:{account.pk}",
            actor=f"user:{request.user.pk}",
            roles=[role.replace(" ", "-") for role in _roles(account)],
            active=account.is_active,
            staff=account.is_staff,
            superuser=account.is_superuser,
        )


def _own(request: HttpRequest, account: Any) -> Any:
    """Return the session at hand where somebody changes their own account: it goes on."""
    return request.session if account.pk == request.user.pk else None


def _roles(account: User) -> list[str]:
    return sorted(account.groups.values_list("name", flat=True))
