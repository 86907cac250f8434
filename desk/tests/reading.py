"""What a page of the desk says, for tests."""

from bs4 import BeautifulSoup


def number_at(page: str, address: str) -> str | None:
    """Return the number that is a link to an address; None where no such link is."""
    link = BeautifulSoup(page, "html.parser").find("a", href=address)
    if link is None:
        return None
    return (link.find(class_="tile-number") or link).get_text(strip=True)
