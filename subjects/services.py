"""Changes to the registry, each with its ledger entry, and the way to read what is held."""

from subjects.reading import person_view  # noqa: F401 - offered here with the other services
