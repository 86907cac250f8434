import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from retention import erasers
from retention.checks import BY_SLICE, EXEMPT, every_table_is_covered
from retention.erasers import Eraser, Registry


def test_every_table_of_personal_data_is_covered():
    assert every_table_is_covered() == []


def test_what_is_named_still_exists():
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert BY_SLICE | EXEMPT.keys() <= tables


@pytest.fixture
def new_model(monkeypatch):
    """A model of the registry that nobody thought of an eraser for."""
    with isolate_apps("subjects"):

        class Diary(models.Model):
            class Meta:
                app_label = "subjects"
                db_table = "subjects_diary"

    config = apps.get_app_config("subjects")
    known = list(config.get_models(include_auto_created=True))
    monkeypatch.setattr(config, "get_models", lambda **kwargs: [*known, Diary])


def test_a_new_model_without_an_eraser_fails_the_check(new_model):
    [error] = every_table_is_covered()
    assert error.id == "retention.E001"
    assert "subjects_diary" in error.msg


@pytest.mark.parametrize("how", ["eraser", "reason"])
def test_an_eraser_or_a_reason_satisfies_the_check(new_model, monkeypatch, how):
    monkeypatch.setattr(erasers, "registry", found := every_registry())
    monkeypatch.setattr("retention.checks.registry", found)
    if how == "eraser":
        tables = frozenset(["subjects_diary"])
        erasers.register(Eraser("diary", tables, lambda gone: [], lambda gone: 0))
    else:
        erasers.exempt({"subjects_diary": "a test"})
    assert every_table_is_covered() == []


def every_registry() -> Registry:
    """A copy of what the apps registered, so that a test leaves it as it was."""
    return Registry(dict(erasers.registry.erasers), dict(erasers.registry.exempt))
