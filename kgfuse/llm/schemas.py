"""JSON schemas: the strict form that servers enforce, and a check of what came back.

Covers what pydantic writes for plain models: types, enums, constants, objects, arrays, `anyOf` and `$ref` into `$defs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STRICT_KEYWORDS = frozenset(
    {"type", "enum", "const", "properties", "required", "items", "anyOf", "$ref", "$defs", "description"}
)
"""What every server with strict schemas knows; bounds and patterns are checked here, after the fact."""


def strict_form(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return `schema` as strict servers want it: every property required, none beside them, nothing but plain keywords.

    `None` when it cannot be said strictly: an object whose keys are not known beforehand, a schema that admits anything.
    """
    try:
        return _strict(schema)
    except _NotStrict:
        return None


class _NotStrict(Exception):
    """The schema has no strict form."""


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    if not {"type", "enum", "const", "anyOf", "$ref"} & schema.keys():
        raise _NotStrict
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    result: dict[str, Any] = {key: value for key, value in schema.items() if key in _STRICT_KEYWORDS}
    if schema.get("type") == "object":
        if not schema.get("properties"):
            raise _NotStrict
        result["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
        result["required"] = list(schema["properties"])
        result["additionalProperties"] = False
    if schema.get("type") == "array":
        result["items"] = _strict(schema.get("items", {}))
    if "anyOf" in schema:
        result["anyOf"] = [_strict(option) for option in schema["anyOf"]]
    if "$defs" in schema:
        result["$defs"] = {name: _strict(value) for name, value in schema["$defs"].items()}
    return result


def violation(value: Any, schema: Mapping[str, Any]) -> str | None:
    """Return the first way in which `value` does not fit `schema`, with its place (``triples[2].quote: …``), or `None`."""
    return _check(value, schema, schema, "")


def _check(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> str | None:
    if "$ref" in schema:
        return _check(value, _resolve(schema["$ref"], root), root, place)
    here = place or "the reply"
    if "anyOf" in schema:
        wrong = [_check(value, option, root, place) for option in schema["anyOf"]]
        return None if None in wrong else max((text for text in wrong if text), key=len)
    if "const" in schema and not _same(value, schema["const"]):
        return f"{here}: must be {schema['const']!r}"
    if "enum" in schema and not any(_same(value, choice) for choice in schema["enum"]):
        return f"{here}: must be one of {', '.join(map(repr, schema['enum']))}"
    expected = schema.get("type")
    if expected is not None and not _is(value, expected):
        return f"{here}: must be {_spoken(expected)}"
    if isinstance(value, dict):
        return _check_object(value, schema, root, place)
    if isinstance(value, list):
        return _check_array(value, schema, root, place)
    return _check_bounds(value, schema, here)


def _check_object(value: dict[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> str | None:
    known: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{place or 'the reply'}: {name!r} is missing"
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name not in known and others is False:
            return f"{place or 'the reply'}: {name!r} is not a field"
        rule = known.get(name, others)
        wrong = None if isinstance(rule, bool) else _check(item, rule, root, f"{place}.{name}" if place else name)
        if wrong:
            return wrong
    return None


def _check_array(value: list[Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> str | None:
    if len(value) < schema.get("minItems", 0) or len(value) > schema.get("maxItems", len(value)):
        return f"{place or 'the reply'}: holds {len(value)} items, which is too few or too many"
    rule = schema.get("items")
    if rule is None:
        return None
    return next((wrong for i, item in enumerate(value) if (wrong := _check(item, rule, root, f"{place}[{i}]"))), None)


def _check_bounds(value: Any, schema: Mapping[str, Any], here: str) -> str | None:
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            return f"{here}: {len(value)} characters are too few or too many"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            return f"{here}: {value} is out of bounds"
        if not schema.get("exclusiveMinimum", value - 1) < value < schema.get("exclusiveMaximum", value + 1):
            return f"{here}: {value} is out of bounds"
    return None


def _resolve(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    target: Any = root
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    resolved: Mapping[str, Any] = target
    return resolved


def _same(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)


def _is(value: Any, expected: str | list[str]) -> bool:
    if isinstance(expected, list):
        return any(_is(value, option) for option in expected)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "number": number,
        "integer": number and value == int(value),
        "boolean": isinstance(value, bool),
        "null": value is None,
    }.get(expected, True)


def _spoken(expected: str | list[str]) -> str:
    names = [expected] if isinstance(expected, str) else expected
    return " or ".join("null" if name == "null" else f"{'an' if name[0] in 'aio' else 'a'} {name}" for name in names)
