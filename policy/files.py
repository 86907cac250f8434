"""The checked way in for a statement file: every error names the line and the field."""

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from yaml.nodes import MappingNode, Node, SequenceNode

from policy.exceptions import BadStatement
from policy.statement import COLUMNS, FOLDER, Loader


@lru_cache(maxsize=1)
def _schema() -> Draft202012Validator:
    text = (FOLDER / "statement.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def load(path: Path) -> dict[str, Any]:
    """Return the content of a statement file; nobody may change it. Raises BadStatement."""
    try:
        return _load(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise BadStatement(f"{path.name}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadStatement(f"{path.name}: is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadStatement(f"{path.name}, line {line}: {error.problem}") from error


@lru_cache(maxsize=8)
def _load(path: Path, written_at_ns: int) -> dict[str, Any]:
    loader = Loader(path.read_text(encoding="utf-8"))
    root = loader.get_single_node()
    if root is None:
        raise BadStatement(f"{path.name}, line 1: the file is empty")
    _refuse_duplicates(root, path.name)
    content = loader.construct_document(root)
    errors = sorted(_schema().iter_errors(content), key=lambda e: [str(p) for p in e.path])
    if errors:
        raise BadStatement(
            "\n".join(_located(root, path.name, e.absolute_path, e.message) for e in errors)
        )
    if problems := disagreements(content):
        raise BadStatement(
            "\n".join(_located(root, path.name, where, what) for where, what in problems)
        )
    return content


def _refuse_duplicates(node: Node, name: str) -> None:
    if isinstance(node, MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise BadStatement(f"{name}, line {line}: {key.value}: stands here twice")
            seen.add(key.value)
            _refuse_duplicates(value, name)
    elif isinstance(node, SequenceNode):
        for value in node.value:
            _refuse_duplicates(value, name)


def _located(root: Node, name: str, where: Iterable[str | int], what: str) -> str:
    node, field = root, ""
    for step in where:
        if isinstance(node, MappingNode):
            node = next(value for key, value in node.value if key.value == step)
            field += f".{step}"
        else:
            node = node.value[step]
            field += f"[{step}]"
    line = node.start_mark.line + 1
    return f"{name}, line {line}: {field.lstrip('.') or 'statement'}: {what}"


Problem = tuple[tuple[str | int, ...], str]

# Where the rows of a part name rows of another part.
NAMED_BY_PURPOSE = {
    "bases": "lawful_bases",
    "rules": "retention_rules",
    "subjects": "subject_categories",
    "data": "data_categories",
    "sources": "source_categories",
    "recipients": "recipient_categories",
}
KEPT_BY = {
    "purpose": "purposes",
    "rule": "retention_rules",
    "right": "rights",
    "subject": "subject_categories",
    "data": "data_categories",
    "source": "source_categories",
    "recipient": "recipient_categories",
    "automated": "automated_decisions",
}
SECTIONS = range(1, 35)


def disagreements(content: dict[str, Any]) -> list[Problem]:
    """Return where the parts of a statement do not fit each other: the field, and what is wrong."""
    codes = {
        part: {row["code"] for row in rows}
        for part, rows in content.items()
        if isinstance(rows, list)
    }
    return [
        *_doubled(content, codes),
        *_purposes(content, codes),
        *_rules(content),
        *_matrix(content, codes),
        *_promises(content, codes),
    ]


def _doubled(content: dict[str, Any], codes: dict[str, set[str]]) -> Iterator[Problem]:
    for part in codes:
        seen = set()
        for number, row in enumerate(content[part]):
            if row["code"] in seen:
                yield (part, number, "code"), f"{row['code']} stands here twice"
            seen.add(row["code"])


def _purposes(content: dict[str, Any], codes: dict[str, set[str]]) -> Iterator[Problem]:
    """Every code that a purpose names exists, and every such code has a purpose."""
    for field, part in NAMED_BY_PURPOSE.items():
        used: set[str] = set()
        for number, purpose in enumerate(content["purposes"]):
            used.update(purpose[field])
            for unknown in sorted(set(purpose[field]) - codes[part]):
                yield ("purposes", number, field), f"{unknown} is not in this file"
        if field == "bases":
            continue  # a single datum may rest on a basis that no purpose as a whole rests on
        for number, row in enumerate(content[part]):
            if row["code"] not in used:
                yield (part, number), f"{row['code']} has no purpose"


def _rules(content: dict[str, Any]) -> Iterator[Problem]:
    """A rule of the statement names its section, one of law its article; one period at most."""
    for number, rule in enumerate(content["retention_rules"]):
        needed = {"statement": "section", "law": "article"}.get(rule["origin"])
        if needed and needed not in rule:
            yield ("retention_rules", number), f"{rule['code']} has no {needed}"
        if "months" in rule and "days" in rule:
            yield ("retention_rules", number, "days"), f"{rule['code']} has months as well"


def _matrix(content: dict[str, Any], codes: dict[str, set[str]]) -> Iterator[Problem]:
    """Every right has one proposal for every column."""
    seen = set()
    for number, row in enumerate(content["decisions"]):
        if row["right"] not in codes["rights"]:
            yield ("decisions", number, "right"), f"{row['right']} is not in this file"
        for column in row["columns"]:
            cell = row["right"], column
            if cell in seen:
                yield ("decisions", number, "columns"), f"{column} stands here twice"
            seen.add(cell)
    for number, right in enumerate(content["rights"]):
        for column in COLUMNS:
            if (right["code"], column) not in seen:
                yield ("rights", number), f"{right['code']} has no decision for {column}"


def _promises(content: dict[str, Any], codes: dict[str, set[str]]) -> Iterator[Problem]:
    """Every section promises something, and what keeps a promise exists."""
    for number, promise in enumerate(content["promises"]):
        if promise["code"].partition(".")[0] != str(promise["section"]):
            yield ("promises", number, "section"), f"is not the section of {promise['code']}"
        for place, keeper in enumerate(promise["kept_by"]):
            kind, _, code = keeper.partition(":")
            if code and code not in codes[KEPT_BY[kind]]:
                yield ("promises", number, "kept_by", place), f"{keeper} is not in this file"
    for number, heading in enumerate(content["headings"]):
        if heading["before"] not in codes["promises"]:
            yield ("headings", number, "before"), f"{heading['before']} is not in this file"
    for section in sorted(set(SECTIONS) - {row["section"] for row in content["promises"]}):
        yield ("promises",), f"section {section} has no promise"
