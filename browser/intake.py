"""What comes by post, telephone or mail, as a colleague enters it in a browser."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from playwright.sync_api import Page

from browser.visiting import press
from requests import services
from requests.constants import Channel
from requests.models import PrivacyRequest

MOMENT = "%Y-%m-%dT%H:%M"


@dataclass
class Intake:
    """The two pages of taking in: what came, then what it asks."""

    page: Page
    site: str

    def arrive(self, channel: Channel, *, words: str = "", papers: Sequence[str] = ()) -> "Intake":
        """Say how it came, with its words or its files; the next page shows what was read."""
        self.page.goto(f"{self.site}/desk/requests/new/")
        self.page.check(f"main [name=channel][value={channel}]")
        if channel != Channel.EMAIL:
            now = timezone.localtime().strftime(MOMENT)
            self.page.fill("main [name=received_at]", now)
        self.page.fill("main [name=words]", words)
        self.page.set_input_files("main [name=papers]", list(papers))
        self._press("Lees wat er gevraagd wordt")
        assert "/desk/requests/new/" in self.page.url
        return self

    @property
    def ticked(self) -> set[str]:
        """Which rights were read in it."""
        boxes = self.page.locator("main [name=rights]:checked").all()
        return {box.get_attribute("value") or "" for box in boxes}

    def take_in(self, **typed: str) -> PrivacyRequest:
        """Confirm what was read, with who asks; what a worker does then is done too."""
        for name, value in typed.items():
            self.page.fill(f"main [name={name}]", value)
        self._press("Opnemen")
        made = PrivacyRequest.objects.latest("pk")
        assert self.page.url.endswith(f"/{made.reference}/")
        services.propose_matches(made.pk, now=timezone.now())
        return made

    def _press(self, button: str) -> None:
        press(self.page, self.page.get_by_role("button", name=button, exact=True))
