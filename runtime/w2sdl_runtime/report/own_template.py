"""Reports by a template of the user's own: in the sandbox, with the variables of `context.Report`."""

from __future__ import annotations

import hashlib
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.utils import Namespace, missing

from w2sdl.messages.suggest import nearest_names
from w2sdl_runtime.data.bounding import guarded
from w2sdl_runtime.data.sandbox import Bounds, sandbox
from w2sdl_runtime.errors import PrerequisiteError, first_line
from w2sdl_runtime.report.context import VARIABLES, Report, variables_of
from w2sdl_runtime.report.templating import Form, give_words, words_of

#: What one report may take: 20 million characters, a million rounds of loops, half a minute.
BOUNDS = Bounds(largest=20_000_000, rounds=1_000_000, seconds=30.0)
#: Characters of a template, and of a file that it includes.
LARGEST_FILE = 1_000_000
#: Methods of what a report is made of; all else is read as attributes.
_METHODS = ("at", "family", "of", "points", "rank")
_ENDINGS: dict[str, Form] = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md"}
_SEE = "docs/report.md lists what a template can read"


@dataclass(frozen=True)
class OwnTemplate:
    """A template of the user's: one file alone, or one with others of its folder."""

    path: Path
    form: Form
    folder: Path | None  #: whose files it may include

    def render(self, report: Report) -> str:
        """The report as the template has it.

        Raises:
            PrerequisiteError: for a mistake in it, with file and line.
        """
        try:
            return self._template.render(variables_of(report))
        except PrerequisiteError:
            raise
        except Exception as error:  # whatever an expression of a template may come to
            place = self._place(error)
            raise PrerequisiteError(f"{place}: {_said(error)}", _help(error)) from error

    @property
    def name(self) -> str:
        """What to call a report that it made, in plain letters."""
        stem = (self.folder or self.path).name.split(".")[0]
        return re.sub(r"[^A-Za-z0-9_-]+", "-", stem) or "own"

    @property
    def digest(self) -> str:
        """Of all files that it may be made of."""
        found = hashlib.sha256()
        for path in self._files():
            found.update(f"{path.name}\0".encode() + path.read_bytes())
        return found.hexdigest()

    def _files(self) -> list[Path]:
        if self.folder is None:
            return [self.path]
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    @cached_property
    def _template(self) -> Template:
        environment = sandbox(BOUNDS, _Files(self), _METHODS)
        environment.autoescape = True
        environment.undefined = _NotThere
        environment.trim_blocks = environment.lstrip_blocks = True
        environment.globals["namespace"] = Namespace
        give_words(environment, self.form)
        for name in words_of(self.form):
            environment.filters[name] = guarded(name, environment.filters[name])
        return environment.get_template(self.path.name)

    def _place(self, error: Exception) -> str:
        """File and line of the mistake, as far as it is known."""
        if isinstance(error, TemplateSyntaxError):
            return f"{error.filename or self.path}:{error.lineno}"
        within = str((self.folder or self.path.parent).resolve())
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(within)
        ]
        return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(self.path)


def open_template(path: Path) -> OwnTemplate:
    """A template that is a file, or the file ``report.html`` or ``report.md`` (with ``.j2``) of a folder.

    Raises:
        PrerequisiteError: when there is none, more than one, or it is of neither form.
    """
    if not path.exists():
        raise PrerequisiteError(
            f"there is no template {path}", "name a file, or a folder with report.html"
        )
    if path.is_file():
        return OwnTemplate(path.resolve(), _form_of(path), None)
    found = [
        one for one in sorted(path.iterdir()) if _stem(one).lower() in ("report.html", "report.md")
    ]
    if len(found) != 1:
        raise PrerequisiteError(
            f"{path} holds {'no' if not found else len(found)} templates called report.html or report.md",
            "a folder of templates has one of them, which may include its other files",
        )
    return OwnTemplate(found[0].resolve(), _form_of(found[0]), path.resolve())


def _form_of(path: Path) -> Form:
    ending = Path(_stem(path)).suffix.lower()
    if ending not in _ENDINGS:
        raise PrerequisiteError(
            f"{path}: a template makes HTML or Markdown, and its name says which",
            f"call it {path.name.split('.')[0]}.html.j2 or {path.name.split('.')[0]}.md.j2",
        )
    return _ENDINGS[ending]


def _stem(path: Path) -> str:
    return path.name.removesuffix(".j2").removesuffix(".jinja")


class _Files(BaseLoader):
    """The template itself, and the files of its folder if it is in one; links don't lead out."""

    def __init__(self, own: OwnTemplate) -> None:
        self._own = own

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:
        path = self._find(template)
        if path.stat().st_size > LARGEST_FILE:
            raise PrerequisiteError(
                f"{path} is too large for a template", f"at most {LARGEST_FILE:,} bytes"
            )
        try:
            return path.read_text("utf-8"), str(path), None
        except UnicodeDecodeError as error:
            raise PrerequisiteError(
                f"{path} is not UTF-8 text: {error}", "save it as UTF-8"
            ) from error

    def _find(self, name: str) -> Path:
        own = self._own
        if name == own.path.name:
            return own.path
        path = (own.folder / name).resolve() if own.folder else None
        if (
            path is None
            or own.folder is None
            or not path.is_relative_to(own.folder)
            or not path.is_file()
        ):
            raise TemplateNotFound(name)
        return path


class _NotThere(StrictUndefined):
    """A name that is not there says which is near."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return str(self._undefined_hint)
        name, owner = str(self._undefined_name), self._undefined_obj
        what = "a report" if owner is missing else f"`{type(owner).__name__}`"
        known = list(VARIABLES) if owner is missing else list(_names_of(owner))
        near = nearest_names(name, known)
        return f"{what} has no `{name}`" + (f"; did you mean `{near[0]}`?" if near else "")


def _names_of(owner: Any) -> Iterator[str]:
    """What a template can ask of a thing."""
    if isinstance(owner, dict):
        yield from map(str, owner)
    elif is_dataclass(owner):
        yield from (field.name for field in fields(owner))
        yield from (
            name for name, value in vars(type(owner)).items() if isinstance(value, property)
        )


def _said(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"`{error.name}` can't be included: it is no file of the template's folder"
    if isinstance(error, RecursionError):
        return "it calls or includes itself without an end"
    if isinstance(error, TemplateError):
        return str(error.message)
    return f"{type(error).__name__}: {first_line(error)}"


def _help(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return "a template that is one file includes nothing; name its folder: --template DIR"
    if isinstance(error, UndefinedError):
        return _SEE
    return f"correct the template; {_SEE}"
