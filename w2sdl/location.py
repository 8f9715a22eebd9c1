"""Where a store is: a folder, or a URL such as ``s3://bucket/prefix`` with a cache folder in front.

A location is a `Path`, or text: the URL, and behind a ``#`` the cache folder where one was chosen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from w2sdl.input_error import InputError

Location = Path | str

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: C:\ is a folder
#: A password, or anything before the @ of a bucket: an account of Azure stands there legitimately.
_SECRET = re.compile(r"(?<=://)[^/@]*:[^/@]*@")
_USER = re.compile(r"(?<=://)[^/@]*@")
_BUCKETS = ("s3", "s3a", "gs", "gcs", "oss", "oci")
#: These can't be written, or don't outlive the process.
_UNFIT = ("memory", "http", "https", "data", "zip", "tar", "git", "github", "gist", "reference")


def is_url(text: str) -> bool:
    """Whether a location is a URL rather than a folder."""
    return _URL.match(text) is not None


def parse_location(text: str, folder: Path | None = None) -> Location:
    """What a user wrote as the place of a store; relative folders start at ``folder``.

    Raises:
        InputError: for a URL that holds credentials or options, or that no store can lie at.
    """
    if "://" not in text:
        return (folder or Path()) / text
    shown, parts = shown_location(text), urlsplit(text)
    protocol = parts.scheme.lower()
    if _SECRET.search(text) or (protocol in _BUCKETS and "@" in parts.netloc):
        raise InputError(
            f"the store {shown} holds credentials",
            "leave them out: they are taken from the environment or a profile, where no log, "
            "manifest or shell history keeps them",
        )
    if "?" in text or "#" in text or "::" in text or not is_url(text):
        raise InputError(
            f"the store {shown} holds more than a place",
            "leave out what follows `?`, `#` or `::`; the cache folder is named by --cache",
        )
    if protocol in _UNFIT:
        raise InputError(
            f"no store can be kept at {shown}", "name a folder, or a bucket: s3://BUCKET/PREFIX"
        )
    return text.rstrip("/") if parts.path.strip("/") or parts.netloc else text


def with_cache(location: Location, cache: Path | None) -> Location:
    """A location whose cache folder is ``cache``.

    Raises:
        InputError: for a folder, which has no cache in front of it.
    """
    if cache is None:
        return location
    if isinstance(location, Path):
        raise InputError(
            f"the store {location} is a folder, and has no cache in front of it",
            "leave out --cache; it is for stores elsewhere, such as s3://BUCKET/PREFIX",
        )
    return f"{location.partition('#')[0]}#{cache.absolute()}"


def split_cache(location: str) -> tuple[str, Path | None]:
    """The URL and the chosen cache folder of a location."""
    url, _, cache = location.partition("#")
    return url, Path(cache) if cache else None


def store_words(location: Location) -> list[str]:
    """The words of a command line that name a store."""
    if isinstance(location, Path):
        return ["--store", str(location.absolute())]
    url, cache = split_cache(location)
    return ["--store", url, *(["--cache", str(cache)] if cache else [])]


def local_folder(location: Location) -> Path:
    """What this machine has of a store: the store itself, or the folder in front of its URL.

    Runs, journal and logs always lie here. Without a chosen folder it is one of the user's cache.
    """
    if isinstance(location, Path) or not is_url(location):
        return Path(location)
    from platformdirs import user_cache_path

    url, cache = split_cache(location)
    return cache or user_cache_path("w2sdl") / "stores" / sha256(url.encode()).hexdigest()[:16]


def shown_location(location: Location) -> str:
    """A location for people: without its cache, and without what may be a secret."""
    if isinstance(location, Path) or "://" not in location:
        return str(location)  # a folder's name may hold any sign
    url = re.split(r"[#?]", location, maxsplit=1)[0]
    is_bucket = url.partition("://")[0].lower() in _BUCKETS
    return (_USER if is_bucket else _SECRET).sub("***@", url)


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """What a command line says of the store: where it is, and where its cache."""

    location: Location | None = None
    cache: Path | None = None
