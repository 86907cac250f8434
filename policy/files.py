"""The checked way in for a statement file: every error names the line and the field."""

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from yaml.nodes import MappingNode, Node, SequenceNode

from policy.exceptions import BadStatement
from policy.statement import FOLDER


@lru_cache(maxsize=1)
def _schema() -> Draft202012Validator:
    text = (FOLDER / "statement.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def load(path: Path) -> dict[str, Any]:
    """Return the content of a statement file. Raises BadStatement."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise BadStatement(f"{path.name}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadStatement(f"{path.name}: is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadStatement(f"{path.name}, line {line}: {error.problem}") from error
    if root is None:
        raise BadStatement(f"{path.name}, line 1: the file is empty")
    _refuse_duplicates(root, path.name)
    content = yaml.safe_load(text)
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


def disagreements(content: dict[str, Any]) -> list[Problem]:
    """Return where the parts of a statement do not fit each other: the field, and what is wrong."""
    found: list[Problem] = []
    for part in (name for name, rows in content.items() if isinstance(rows, list)):
        seen = set()
        for number, row in enumerate(content[part]):
            if row["code"] in seen:
                found.append(((part, number, "code"), f"{row['code']} stands here twice"))
            seen.add(row["code"])
    known = {
        "rules": {rule["code"] for rule in content["retention_rules"]},
        "data": {category["code"] for category in content["data_categories"]},
    }
    used: dict[str, set[str]] = {"rules": set(), "data": set()}
    for number, purpose in enumerate(content["purposes"]):
        for kind, codes in known.items():
            used[kind].update(purpose[kind])
            found.extend(
                (("purposes", number, kind), f"{unknown} is not in this file")
                for unknown in sorted(set(purpose[kind]) - codes)
            )
    for number, category in enumerate(content["data_categories"]):
        if category["code"] not in used["data"]:
            found.append((("data_categories", number), f"{category['code']} has no purpose"))
    for number, rule in enumerate(content["retention_rules"]):
        if rule["code"] not in used["rules"]:
            found.append((("retention_rules", number), f"{rule['code']} has no purpose"))
    return found
