"""What is said of a reply that breaks its own schema."""

from __future__ import annotations

import logging
import traceback

import pytest

from apirouter.dispatch.tables import BrokenReply, reply_check
from apirouter.validation.schemas import ResponseSchema

CHECK = ResponseSchema(
    {
        "type": "object",
        "properties": {"server": {"type": "object", "properties": {"adminPass": {"type": "integer"}}}},
        "not": {"required": ["shared"]},
    }
).compile()


@pytest.mark.parametrize(
    "reply", [{"server": {"adminPass": "open-sesame"}}, {"shared": {"adminPass": "open-sesame"}}]
)
def test_a_reply_that_breaks_its_schema_is_told_without_its_password(
    reply: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    warn, refuse = (reply_check(CHECK, mode, "Servers.show") for mode in ("warn", "error"))
    assert warn is not None
    assert refuse is not None
    with caplog.at_level(logging.WARNING):
        warn(reply)
    with pytest.raises(BrokenReply, match="the reply of Servers.show breaks its schema: .*") as caught:
        refuse(reply)
    assert "The reply of Servers.show breaks its schema: " in caplog.text
    assert "open-sesame" not in caplog.text + "".join(traceback.format_exception(caught.value))
