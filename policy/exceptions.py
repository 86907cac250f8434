class PublishedVersionChanged(Exception):
    """A published version of the statement was offered again with other content."""


class BadStatement(Exception):
    """The statement file is broken; the text names line and field."""
