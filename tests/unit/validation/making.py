"""Random schemas of the keywords that services use, and values that are more often than not near to them."""

from __future__ import annotations

import random

from apirouter.validation.formats import FORMATS

TEXTS = [
    *(
        "",
        "a",
        "b",
        "ab",
        "abc",
        "A",
        "é",
        "\u0661",
        "a\n",
        "\n",
        " ",
        " a ",
        "\u3042",
        "\U0001d4b3",
        "\ud800",
        "x\udfff",
    ),
    *("0", "1", "2", "-1", "1.5", "1e3", "nan", "inf", "007", "10\n", "9" * 400),
    *(
        "70a599e0-31e7-49b7-b260-868f441e862b",
        "70a599e031e749b7b260868f441e862b",
        "{70a599e0-31e7-49b7-b260-868f441e862b}",
    ),
    *("10.0.0.1", "010.0.0.1", "::1", "fe80::1%1", "::ffff:1.2.3.4", "10.0.0.0/8", "52:54:00:12:34:56"),
    *("2014-01-14T01:00:00Z", "2014-01-14", "1990-12-31T23:59:60Z", "2014-02-30T00:00:00Z", "01:00:00Z"),
    *(
        "http://a/b",
        "http://a/b##",
        "/a",
        "urn:x:y",
        "a@b",
        "a@b.c",
        "host",
        "host_",
        "-host",
        "aGVsbG8=",
        "aGVsbG8",
        "YQ==",
    ),
    *("true", "on", "AUTO", "self", "^a$", "(", "a:b", "a/b", "web-1", "x" * 64, "x" * 256),
]
NUMBERS = [
    *(0, 1, 2, 3, 5, 10, -1, 0.0, -0.0, 1.0, 0.1, 0.3, 0.5, 1.5, 2.5, 7.5, 1e16, 1e22, 1e300, -1e300, 5e-324),
    *(2**31 - 1, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, 10**20, 10**39, -(2**63) - 1),
]
PATTERNS = [
    *(
        "^a$",
        "^[a-z]+$",
        "^[^a]*$",
        "a|b",
        "^\\d+$",
        "^\\w*$",
        "^[0-9-._]*$",
        "^(a|b)?$",
        "^.{0,3}$",
        "\\s",
        "^[\\d.]+$",
    ),
    *("^(?!a)", "^[^\\d]+$", "(?i)^a$", "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$", "^é", "^\\S+$"),
]
KEYS = ["a", "b", "c", "ab", "a\n", "1", "é", "x-y"]


class Maker:
    """Makes random schemas, and values that are more often than not near to them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def schema(self, depth: int = 3):
        pick = self.random
        if depth == 0 or pick.random() < 0.25:
            return self.leaf()
        kind = pick.choice(["object", "object", "array", "logic", "leaf"])
        if kind == "object":
            return self.object(depth)
        if kind == "array":
            return self.array(depth)
        if kind == "logic":
            return self.logic(depth)
        return self.leaf()

    def leaf(self):
        pick = self.random
        made: dict = {}
        if pick.random() < 0.8:
            kinds = ["string", "integer", "number", "boolean", "null"]
            made["type"] = pick.choice([*kinds, "string", pick.sample(kinds, 2), ["integer", "string"]])
        choices = [
            ("pattern", lambda: pick.choice(PATTERNS)),
            ("format", lambda: pick.choice(list(FORMATS))),
            ("minLength", lambda: pick.randrange(3)),
            ("maxLength", lambda: pick.choice([1, 3, 63, 255])),
            ("minimum", lambda: pick.choice(NUMBERS)),
            ("maximum", lambda: pick.choice(NUMBERS)),
            ("exclusiveMinimum", lambda: pick.choice(NUMBERS)),
            ("exclusiveMaximum", lambda: pick.choice(NUMBERS)),
            ("multipleOf", lambda: pick.choice([1, 2, 3, 0.1, 0.5, 1e-7, 2**53 + 1])),
            ("enum", lambda: pick.sample([*TEXTS[:12], *NUMBERS, None, True, False, [], {}], 6)),
            ("const", lambda: pick.choice([*TEXTS[:8], *NUMBERS, None, True, [1]])),
        ]
        for name, make in pick.sample(choices, pick.choice([0, 1, 1, 2, 3])):
            if name != "multipleOf" or pick.random() < 0.3:
                made[name] = make()
        return made

    def object(self, depth):
        pick = self.random
        made: dict = {"type": "object"} if pick.random() < 0.8 else {}
        made["properties"] = {k: self.schema(depth - 1) for k in pick.sample(KEYS, pick.randrange(4))}
        if pick.random() < 0.4:
            made["required"] = pick.sample(KEYS[:3], pick.randrange(3))
        if pick.random() < 0.5:
            made["additionalProperties"] = pick.choice([False, True, self.schema(depth - 1)])
        if pick.random() < 0.3:
            made["patternProperties"] = {
                p: self.schema(depth - 1) for p in pick.sample(PATTERNS, pick.randrange(1, 3))
            }
        for name, chance in (("minProperties", 0.1), ("maxProperties", 0.1)):
            if pick.random() < chance:
                made[name] = pick.randrange(1, 4)
        if pick.random() < 0.1:
            made["propertyNames"] = self.leaf()
        if pick.random() < 0.1:
            made["dependentRequired"] = {"a": ["b"]}
        if pick.random() < 0.1:
            made["dependentSchemas"] = {"a": self.schema(depth - 1)}
        if pick.random() < 0.05:
            made["unevaluatedProperties"] = False
        return made

    def array(self, depth):
        pick = self.random
        made: dict = {"type": "array"} if pick.random() < 0.8 else {}
        made["items"] = self.schema(depth - 1)
        if pick.random() < 0.3:
            made["prefixItems"] = [self.schema(depth - 1)]
        if pick.random() < 0.3:
            made["uniqueItems"] = True
        if pick.random() < 0.2:
            made["contains"] = self.schema(depth - 1)
            made.update(pick.choice([{}, {"minContains": 2}, {"maxContains": 1}]))
        if pick.random() < 0.3:
            made[pick.choice(["minItems", "maxItems"])] = pick.randrange(3)
        return made

    def logic(self, depth):
        pick = self.random
        some = [self.schema(depth - 1) for _ in range(pick.randrange(1, 4))]
        return pick.choice(
            [
                {"oneOf": some},
                {"anyOf": some},
                {"allOf": some},
                {"not": some[0]},
                {"if": some[0], "then": some[-1], "else": self.schema(depth - 1)},
                {"$defs": {"d": some[0]}, "anyOf": [{"$ref": "#/$defs/d"}, some[-1]]},
            ]
            if depth == 3
            else [{"oneOf": some}, {"anyOf": some}, {"allOf": some}, {"not": some[0]}]
        )

    def value(self, schema, depth: int = 4):
        """Return a value that often satisfies a schema."""
        pick = self.random
        if depth == 0 or not isinstance(schema, dict) or pick.random() < 0.08:
            return self.anything(2)
        for keyword in ("oneOf", "anyOf", "allOf"):
            if keyword in schema and pick.random() < 0.9:
                return self.value(pick.choice(schema[keyword]), depth - 1)
        if "enum" in schema and pick.random() < 0.8:
            return pick.choice(schema["enum"])
        if "const" in schema and pick.random() < 0.8:
            return schema["const"]
        if "if" in schema:
            return self.value(pick.choice([schema["if"], schema["then"], schema["else"]]), depth - 1)
        kind = schema.get("type") or pick.choice(["object", "array", "string", "number", "null"])
        kind = pick.choice(kind) if isinstance(kind, list) else kind
        if kind == "object" or "properties" in schema:
            return self.mapping(schema, depth)
        if kind == "array" or "items" in schema:
            items = schema.get("items", {})
            made = [self.value(items, depth - 1) for _ in range(pick.randrange(4))]
            return made + made[:1] if pick.random() < 0.2 else made
        if kind == "string":
            return pick.choice(TEXTS)
        if kind in ("integer", "number"):
            return pick.choice(NUMBERS) + (pick.choice([0, 0, 1, -1]))
        return {"boolean": pick.choice([True, False]), "null": None}.get(kind)

    def mapping(self, schema, depth):
        pick = self.random
        known = schema.get("properties", {})
        made = {k: self.value(s, depth - 1) for k, s in known.items() if pick.random() < 0.8}
        for key in schema.get("required", ()):
            made.setdefault(key, self.value(known.get(key, {}), depth - 1))
        for _ in range(pick.choice([0, 0, 1, 2])):
            made[pick.choice([*KEYS, *TEXTS[:14]])] = self.value(
                pick.choice(
                    [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties"), {}]
                ),
                depth - 1,
            )
        return made

    def anything(self, depth):
        pick = self.random
        if depth and pick.random() < 0.3:
            return pick.choice(
                [
                    [self.anything(depth - 1) for _ in range(pick.randrange(3))],
                    {pick.choice(KEYS): self.anything(depth - 1) for _ in range(pick.randrange(3))},
                ]
            )
        return pick.choice([pick.choice(TEXTS), pick.choice(NUMBERS), True, False, None, [], {}])
