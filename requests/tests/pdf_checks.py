"""What a validator of PDF/A-3a and PDF/UA-1 looks at first, looked at here with `pikepdf`.

It is no validator: `docs/requests.md` says what is checked, and what is not. Source of each check:
ISO 19005-3 (PDF/A-3) and ISO 14289-1 (PDF/UA-1), by clause.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Object

STANDARD = frozenset(
    re.split(
        r"\s+",
        """Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2
        H3 H4 H5 H6 L LI Lbl LBody Table TR TH TD THead TBody TFoot Span Quote Note Reference
        BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form""",
    )
)
# What draws: text, paths, images, shadings.
DRAWS = {"Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "Do", "sh", "EI"}
RELATIONS = {"/Source", "/Data", "/Alternative", "/Supplement", "/Unspecified"}


def faults(pages: bytes) -> list[str]:
    """Return what is wrong with a PDF, as sentences; an empty list means nothing was found."""
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        found = [str(one) for one in pdf.check_pdf_syntax()]
        found += [*_of_file(pages, pdf), *_of_metadata(pdf), *_of_fonts(pdf), *_of_files(pdf)]
        return [*found, *_of_pages(pdf), *_of_structure(pdf)]


def _of_file(pages: bytes, pdf: pikepdf.Pdf) -> Iterator[str]:
    # 19005-3, 6.1.2 and 6.1.3: header with four high bytes, an ID, no encryption.
    if not re.match(rb"%PDF-1\.[4-7]\r?\n%[\x80-\xff]{4}", pages):
        yield "the header is not that of PDF/A"
    if pdf.is_encrypted:
        yield "it is encrypted"
    if "/ID" not in pdf.trailer:
        yield "it has no ID"
    for name in ("/AA", "/NeedsRendering", "/Perms", "/Requirements"):
        if name in pdf.Root:
            yield f"the catalogue has {name}"
    # 6.2.3: one output intent with a profile of its own.
    intents = list(pdf.Root.get("/OutputIntents", []))
    if not any(one.S == Name.GTS_PDFA1 and "/DestOutputProfile" in one for one in intents):
        yield "no OutputIntent of PDF/A with a colour profile"
    for one in pdf.objects:
        if isinstance(one, Dictionary) and one.get("/S") in (Name.JavaScript, Name.Launch):
            yield "it has an action that runs something"


def _of_metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    with pdf.open_metadata() as meta:
        wanted = {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
        for name, value in wanted.items():
            if meta.get(name) != value:
                yield f"XMP lacks {name} {value}"
        title = meta.get("dc:title")
        if not title or title != str(pdf.docinfo.get("/Title", "")):
            yield "the title is empty, or not the same in both places"
    # 14289-1, 7.1 and 7.2: the title is shown, the language said, the tags true.
    root = pdf.Root
    wishes: Any = root.get("/ViewerPreferences", {})
    if not bool(wishes.get("/DisplayDocTitle", False)):
        yield "the title is not shown"
    if not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", str(root.get("/Lang", ""))):
        yield "the language is not said"
    mark: Any = root.get("/MarkInfo", {})
    if not bool(mark.get("/Marked", False)) or bool(mark.get("/Suspects", False)):
        yield "it is not marked as tagged"


def _of_fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    # 19005-3, 6.2.11.4 and 6.2.11.7: embedded, and each sign has its letter.
    for one in pdf.objects:
        if not isinstance(one, Dictionary) or one.get("/Type") != Name.Font:
            continue
        kind = one.get("/Subtype")
        if kind in (Name.Type0, Name.TrueType, Name.Type1) and "/ToUnicode" not in one:
            yield f"the font {one.get('/BaseFont')} has no ToUnicode"
        if kind == Name.Type0:
            continue
        known: Any = one.get("/FontDescriptor", {})
        if kind != Name.Type3 and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(known.keys()):
            yield f"the font {one.get('/BaseFont')} is not embedded"


def _of_files(pdf: pikepdf.Pdf) -> Iterator[str]:
    # 19005-3, 6.8: each file says what it is to the document, and the document that it is there.
    linked = [one.objgen for one in pdf.Root.get("/AF", [])]
    for name in pdf.attachments:
        spec = pdf.attachments[name].obj
        if str(spec.get("/AFRelationship", "")) not in RELATIONS:
            yield f"the file {name} says not what it is to the document"
        if spec.objgen not in linked:
            yield f"the file {name} is not in AF"
        if not {"/F", "/UF", "/Desc"} <= set(spec.keys()):
            yield f"the file {name} has no name or description"
        inside = spec.EF.get("/F")
        if (
            inside is None
            or not inside.get("/Subtype")
            or "/ModDate" not in inside.get("/Params", {})
        ):
            yield f"the file {name} says not of which type or day it is"


def _of_pages(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Look whether all that is drawn is tagged or an artifact, and what is clicked in order."""
    parents = _parents(pdf)
    for number, page in enumerate(pdf.pages, start=1):
        named = parents.get(int(page.obj.get("/StructParents", -1)))
        known = len(named) if named is not None else 0
        loose, tags = _drawn(page)
        if loose:
            yield f"page {number} draws {loose} times what is neither tagged nor an artifact"
        if any(tag >= known or named is None or named[tag] is None for tag in tags):
            yield f"page {number} has tags that the structure does not know"
        notes = list(page.obj.get("/Annots", []))
        # 14289-1, 7.18.3: tabs follow the structure.
        if notes and page.obj.get("/Tabs") != Name.S:
            yield f"page {number} has no order of tabs"
        for note in notes:
            if note.get("/Subtype") == Name.Link and not str(note.get("/Contents", "")):
                yield f"page {number} has a link without words"
            if int(note.get("/StructParent", -1)) not in parents:
                yield f"page {number} has a link that the structure does not know"


def _drawn(page: pikepdf.Page) -> tuple[int, list[int]]:
    """Return how often something is drawn outside any mark, and the numbers of the marks."""
    open_marks: list[bool] = []
    loose, tags = 0, []
    for step in pikepdf.parse_content_stream(page):
        operands: Any = step.operands
        match str(step.operator):
            case "BDC" | "BMC":
                marks: Any = operands[1] if len(operands) > 1 else {}
                tag = marks.get("/MCID") if isinstance(marks, Dictionary) else None
                if tag is not None:
                    tags.append(int(tag))
                open_marks.append(tag is not None or str(operands[0]) == "/Artifact")
            case "EMC":
                open_marks.pop()
            case drawn if drawn in DRAWS and not any(open_marks):
                loose += 1
    return loose, tags


def _parents(pdf: pikepdf.Pdf) -> dict[int, Any]:
    """Return the parent tree: for each number an element, or those of the marks of a page."""
    found: dict[int, Any] = {}
    rest = [pdf.Root.StructTreeRoot.get("/ParentTree")]
    while rest:
        node = rest.pop()
        if node is None:
            continue
        rest += list(node.get("/Kids", []))
        pairs = list(node.get("/Nums", []))
        for number, value in zip(pairs[::2], pairs[1::2], strict=True):
            found[int(number)] = value
    return found


def elements(pdf: pikepdf.Pdf) -> Iterator[tuple[str, Object, str]]:
    """Yield each element of the structure with its standard type and that of its parent."""
    root = pdf.Root.StructTreeRoot
    roles = {str(name)[1:]: str(role)[1:] for name, role in root.get("/RoleMap", {}).items()}
    rest: list[tuple[Any, str]] = [(root.K, "")]
    while rest:
        one, parent = rest.pop()
        if isinstance(one, pikepdf.Array):
            rest += [(part, parent) for part in reversed(list(one))]
        elif isinstance(one, Dictionary) and "/S" in one:
            kind = str(one.S)[1:]
            while kind not in STANDARD and kind in roles:
                kind = roles[kind]
            yield kind, one, parent
            if "/K" in one:
                rest.append((one.K, kind))


def _of_structure(pdf: pikepdf.Pdf) -> Iterator[str]:
    level = 0
    for kind, one, parent in elements(pdf):
        if kind not in STANDARD:
            yield f"{kind} is no type that readers know"
        # 14289-1, 7.4.2: no level of heading is left out.
        if re.fullmatch(r"H[1-6]", kind):
            if int(kind[1]) > level + 1:
                yield f"{kind} follows level {level}"
            level = int(kind[1])
        if kind in ("Figure", "Formula") and not str(one.get("/Alt", "")):
            yield f"a {kind} has no words"
        if kind == "TH" and _scope(one) not in ("/Column", "/Row", "/Both"):
            yield "a header cell says not what it is the head of"
        if kind in ("TH", "TD") and parent != "TR":
            yield f"a {kind} stands outside a row"
        if kind == "TR" and parent not in ("Table", "THead", "TBody", "TFoot"):
            yield "a row stands outside a table"
        if kind in ("Lbl", "LBody") and parent not in ("LI", "Note", "TOCI"):
            yield f"a {kind} stands outside a list"


def _scope(cell: Object) -> str:
    attributes: Any = cell.get("/A", [])
    for one in [attributes] if isinstance(attributes, Dictionary) else attributes:
        if isinstance(one, Dictionary) and "/Scope" in one:
            return str(one.Scope)
    return ""
