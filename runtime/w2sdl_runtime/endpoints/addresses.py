"""Where an endpoint is, how often it may be asked, and which key belongs to it.

None of it is in a key of the store: what a model answers goes by its name and what it is asked, not by
the machine that it happens to run on. Keys are named by the user alone, by origin: a spec, which may be
a stranger's, can send none of them anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from w2sdl.graph import Node
from w2sdl_runtime.masking import NAMES_ONLY, is_masked_name
from w2sdl_runtime.op import Context, PrerequisiteError

#: Holds ``ORIGIN=VARIABLE``, separated by commas: the variable with the key for that origin.
KEYS = NAMES_ONLY
#: Operations that name an endpoint, and the parameter that tells what is asked there.
NAMING = {"api": "model", "api_scorer": "attribute"}
_SETTINGS = ("url", "parallel", "per_minute", "patience", "tries")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place to ask, and how patiently."""

    url: str
    parallel: int = 4  #: requests under way at once
    per_minute: float | None = None  #: requests that are begun in a minute, tries again included
    patience: float = 120.0  #: seconds without a byte
    tries: int = 6  #: of one request, in all
    first_pause: float = 1.0  #: seconds before the second try; doubled for each further one

    @property
    def origin(self) -> str:
        """Scheme, host and port, in lower case."""
        return origin_of(self.url)

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        return urlsplit(self.url).hostname in _LOOPBACK


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, in lower case."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def url_problem(url: str) -> tuple[str, str] | None:
    """What is wrong with the URL of an endpoint, and what to do; None where nothing is."""
    try:
        parts: SplitResult = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return f'"{url}" is no URL', 'write "https://HOST/v1"'
    if not known:
        return f'"{url}" names no host over http or https', 'write "https://HOST/v1"'
    if parts.username or parts.password or parts.query or parts.fragment:
        return (
            "a URL in a spec holds no login, query or fragment: what is in it is in every record",
            f"name the variable that holds the key when you run: --api-key {parts.scheme}://HOST=VARIABLE",
        )
    return None


def endpoints_of(nodes: Iterable[Node]) -> dict[str, dict[str, Any]]:
    """Where a graph says that its models and scorers are asked, by `asked_as`.

    Raises:
        PrerequisiteError: where one is asked in two places: nothing says which answers are meant.
    """
    found: dict[str, dict[str, Any]] = {}
    for node in nodes:
        if node.op not in NAMING:
            continue
        name = asked_as(node.op, str(node.params[NAMING[node.op]]))
        own = {setting: node.params[setting] for setting in _SETTINGS if setting in node.params}
        known = found.setdefault(name, own)
        if known["url"] != own["url"]:
            raise PrerequisiteError(
                f"{name} is asked at {known['url']} and at {own['url']}, and results go by the name alone",
                "ask it at one of them, or give models that differ different names",
            )
    return found


def asked_as(op: str, name: str) -> str:
    """What is asked at an endpoint, in words: the key of `endpoints_of`."""
    return f"model `{name}`" if op == "api" else f"attribute `{name}`"


def endpoint_for(ctx: Context, op: str, name: str) -> Endpoint:
    """Where this run asks a model or a scorer.

    Raises:
        PrerequisiteError: where the spec of this run does not name it.
    """
    settings = ctx.endpoints.get(asked_as(op, name))
    if settings is None:
        raise PrerequisiteError(
            f"nothing in this run says where {asked_as(op, name)} is asked",
            f"name it in the spec: {op}(...)",
        )
    return Endpoint(**settings)


def key_for(endpoint: Endpoint, environment: Mapping[str, str] = os.environ) -> str:
    """The key that the user named for the origin of an endpoint; "" where none is.

    Raises:
        PrerequisiteError: for a variable that is not set, or a key that would travel in the clear.
    """
    name = key_names(environment.get(KEYS, "")).get(endpoint.origin, "")
    if not name:
        return ""
    key = environment.get(name, "").strip()
    if not key:
        raise PrerequisiteError(
            f"the key for {endpoint.origin} is to be in {name}, which is not set on this machine",
            f"set {name}, here and on every machine that runs nodes",
        )
    if urlsplit(endpoint.url).scheme == "http" and not endpoint.is_here:
        raise PrerequisiteError(
            f"the key in {name} would go to {endpoint.origin} unencrypted", "use https://"
        )
    return key


def key_names(text: str) -> dict[str, str]:
    """``ORIGIN=VARIABLE,...`` as variables by origin.

    Raises:
        PrerequisiteError: for another form, or a variable whose value no log would mask.
    """
    found: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        url, _, name = entry.rpartition("=")
        if url_problem(url) is not None or not name.isidentifier():
            raise PrerequisiteError(
                "an API key is named as ORIGIN=VARIABLE, the variable that holds it",
                "for example --api-key https://api.example.org=EXAMPLE_API_KEY",
            )
        if not is_masked_name(name):
            raise PrerequisiteError(
                f"nothing in the name {name} says that it holds a secret, so logs would not mask it",
                "use a variable with KEY, TOKEN or SECRET in its name",
            )
        found[origin_of(url)] = name
    return found


def key_variables(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The variables that hold keys of endpoints: workers on other machines need them too."""
    return tuple(dict.fromkeys(key_names(environment.get(KEYS, "")).values()))
