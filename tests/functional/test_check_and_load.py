"""What does not load is not clean, and what is wrong with a file has one kind of error."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from apirouter.deploy import loadapp
from apirouter.deploy.check import check_file
from apirouter.errors import ConfigError
from tests.functional.test_loading_composites import NESTED

CONF = {"auth_strategy": "keystone"}


def spoil(text, random):
    """Return the text with a few of the slips that operators make."""
    lines = text.split("\n")
    for _ in range(random.randint(1, 3)):
        index = random.randrange(len(lines))
        slip = random.random()
        if slip < 0.25:
            del lines[index]
        elif slip < 0.5:
            lines.insert(index, random.choice(lines))
        elif slip < 0.75 and lines[index]:
            at = random.randrange(len(lines[index]))
            rest = lines[index][at + random.randint(0, 1) :]
            lines[index] = lines[index][:at] + random.choice("abz:/%= #[]\té") + rest
        else:
            words = lines[index].split(" ")
            random.shuffle(words)
            lines[index] = " ".join(words)
    return "\n".join(lines)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("spoilt") / "api.ini"


# The slips are drawn from a seed, which has nothing to shrink.
@settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 2**63))
def test_a_spoilt_file_that_does_not_load_is_not_clean(file, seed):
    file.write_text(spoil(NESTED, Random(seed)))
    error = load(file)
    found = check_file(str(file), name="main", global_conf=CONF)
    assert all(finding.file == str(file) and finding.line for finding in found)
    if error is not None:
        assert any(finding.severity == "error" for finding in found), error
        assert error.file == str(file)
        assert error.line


def load(file):
    """Load the application; return the error, None when there is none. Any other exception is a failure."""
    try:
        loadapp(f"config:{file}", "main", global_conf=CONF)
    except ConfigError as error:
        return error
    return None
