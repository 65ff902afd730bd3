"""What does not load is not clean, and what is wrong with a file has one kind of error."""

from __future__ import annotations

import sys
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


def load(file, conf=CONF):
    """Load the application; return the error, None when there is none. Any other exception is a failure."""
    try:
        loadapp(f"config:{file}", "main", global_conf=conf)
    except ConfigError as error:
        return error
    return None


#: Kind of section, name of the factory, and options that can be read, one by one, and can't be served.
REFUSED = [
    ("filter", "ratelimit", "limit = many"),
    ("filter", "ratelimit", "limit = 5/minute\nby ="),
    ("filter", "ratelimit", "limit = 5/minute\nstorage = nowhere"),
    ("filter", "ratelimit", "limit = 5/minute\nstorage = redsi://localhost"),
    ("filter", "healthcheck", "checks = no-such-check"),
    ("filter", "basic_auth", "htpasswd = no-such-file"),
    ("filter", "cors", "allowed_origin = *\nallow_credentials = yes"),
    ("app", "healthcheck", "checks = no-such-check"),
    ("app", "versions", "link_prefix = nowhere"),
    ("app", "version", "link_prefix = nowhere"),
    ("app", "objects", "config = no-such-file.py"),
]


@pytest.mark.parametrize(("kind", "name", "options"), REFUSED)
def test_what_a_filter_or_application_refuses_at_load_is_an_error_of_the_check_at_the_same_line(
    kind, name, options, tmp_path
):
    file = tmp_path / "api.ini"
    file.write_text(section(kind, name, options))
    error = load(file)
    (finding,) = check_file(str(file))
    assert (finding.severity, finding.code) == ("error", "option")
    assert error.line
    assert (finding.line, finding.message, finding.fix) == (error.line, error.problem, error.fix)


@pytest.mark.parametrize(
    ("name", "options", "package"),
    [
        ("metrics", "", "prometheus_client"),
        ("tracing", "", "opentelemetry"),
        ("ratelimit", "limit = 5/minute", "limits"),
        ("basic_auth", "htpasswd = passwords", "bcrypt"),
        ("authtoken", "", "keystonemiddleware"),
    ],
)
def test_a_filter_whose_extra_is_not_installed_is_an_error_of_the_check(
    name, options, package, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, package, None)
    file = tmp_path / "api.ini"
    file.write_text(section("filter", name, options))
    error = load(file)
    (finding,) = check_file(str(file))
    assert (finding.severity, finding.code) == ("error", "import")
    extra = {"authtoken": "keystone", "basic_auth": "basic-auth"}.get(name, name)
    assert f"pip install 'apirouter[{extra}]'" in finding.message
    assert (finding.line, finding.message) == (error.line, error.problem)


def test_an_extra_that_only_another_strategy_needs_is_no_error_of_the_check(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keystonemiddleware", None)
    file = tmp_path / "api.ini"
    text = section("filter", "authtoken", "").replace(
        "[pipeline:main]\npipeline = f a\n",
        "[composite:main]\nuse = egg:apirouter#pipeline\nauth_strategy = open\nopen = a\nkeystone = f a\n",
    )
    file.write_text(text)
    assert load(file, {}) is None
    assert check_file(str(file)) == []
    file.write_text(text.replace("auth_strategy = open", "auth_strategy = keystone"))
    assert load(file, {}) is not None
    assert [finding.code for finding in check_file(str(file))] == ["import"]


def section(kind, name, options):
    """Return a file whose application is, or has in front, what is called ``name``."""
    used = f"use = egg:apirouter#{name}\n{options}\n"
    if kind == "app":
        return f"[app:main]\n{used}"
    return f"[pipeline:main]\npipeline = f a\n[filter:f]\n{used}[app:a]\nuse = egg:apirouter#healthcheck\n"


def test_a_strategy_that_the_services_own_factory_may_choose_is_told_as_such(tmp_path):
    """Manila's and Nova's take it from their configuration, where the section's option has no say."""

    def fix_of(factory):
        file = tmp_path / "api.ini"
        file.write_text(
            f"[composite:main]\nuse = {factory}\na = api\nb = api\n"
            "[app:api]\npaste.app_factory = tests.functional.recorder:app\n"
        )
        (finding,) = [one for one in check_file(str(file)) if one.code == "no-strategy"]
        return finding.fix

    assert "own configuration" not in fix_of("egg:apirouter#pipeline")
    assert "own configuration" not in fix_of("call:apirouter.deploy.pipeline:pipeline_factory")
    own = fix_of("call:tests.functional.recorder:pipeline_factory")
    assert (
        "where tests.functional.recorder:pipeline_factory takes it from the service's own configuration"
        in own
    )
