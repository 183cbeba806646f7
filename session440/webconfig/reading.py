"""From the bytes of a ``web.config`` to its sections: no DTD, no entities, no other file."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, Final, TypeVar
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ErrorString

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from ..snippets import shown
from .sections import (
    Authentication,
    Forms,
    HttpCookies,
    MachineKey,
    SessionState,
    WebConfig,
    WebConfigError,
)
from .values import RefusedError

#: The largest file, in bytes. SharePoint's are among the largest, with about 100 KiB.
LARGEST: Final = 1024 * 1024

#: Visual Studio 2005 wrote it on the root element; ASP.NET accepts files with or without it.
_NAMESPACE = "{http://schemas.microsoft.com/.NetConfiguration/v2.0}"
_TRANSFORM = "{http://schemas.microsoft.com/XML-Document-Transform}"
_SECTIONS = ("authentication", "sessionState", "httpCookies", "machineKey")

#: Other names that ASP.NET knows; they have no effect on when a login ends.
_OTHER_ATTRIBUTES = (
    *("sqlConnectionRetryInterval", "partitionResolverType", "useHostingIdentity"),
    *("sessionIDManagerType", "applicationName", "dataProtectorType", "lockAttributes"),
    *("lockAllAttributesExcept", "lockElements", "lockAllElementsExcept", "lockItem"),
)
#: A byte order mark overrides the declared encoding (RFC 7303 section 3.3).
_MARKS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"))
#: One year. https://github.com/microsoft/referencesource/blob/master/System.Web/State/SessionStateModule.cs
_LONGEST_IN_MEMORY = 525600

S = TypeVar("S", Authentication, Forms, SessionState, HttpCookies, MachineKey)


def read(content: bytes, name: str = "web.config") -> WebConfig:
    """Return what a ``web.config`` says: UTF-8, UTF-16 with a byte order mark, or as declared.

    :param name: the file's name in errors.
    :raises WebConfigError: if ASP.NET would refuse the file, or it is not safe to read; the
        message is one line with the file's name, and the number of the line if it is known.
    """
    return _File(content, name).config()


class _Builder(TreeBuilder):
    """Remembers the line on which each element begins."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Element, int] = {}
        self.parser: Any = None

    def start(self, tag: Any, attrs: Any, /) -> Element:
        element = super().start(tag, attrs)
        self.lines[element] = self.parser.parser.CurrentLineNumber
        return element


class _File:
    """One file while it is being read."""

    def __init__(self, content: bytes, name: str) -> None:
        self._name = shown(name, 200)
        self._unread: list[str] = []
        self._builder = _Builder()
        self._root = self._parse(content)

    def _error(self, text: str, where: Element | int | None = None) -> WebConfigError:
        line = self._builder.lines.get(where) if isinstance(where, Element) else where
        return WebConfigError(f"{self._name}{f', line {line}' if line else ''}: {text}")

    def _parse(self, content: bytes) -> Element:
        if len(content) > LARGEST:
            raise self._error(f"the file has more than {LARGEST} bytes; no web.config is so large")
        if not content.strip(b"\0\xef\xbb\xbf\xff\xfe \t\r\n"):
            raise self._error("the file is empty")
        encoding = next((known for mark, known in _MARKS if content.startswith(mark)), None)
        parser = DefusedXMLParser(target=self._builder, encoding=encoding, forbid_dtd=True)
        self._builder.parser = parser
        try:
            parser.feed(content)
            root: Element = parser.close()
        except DefusedXmlException as error:
            line = parser.parser.CurrentLineNumber
            raise self._error("it has a DTD or entities, which are not read", line) from error
        except ParseError as error:
            said = f"it cannot be read as XML: {ErrorString(error.code)}"
            raise self._error(said, error.position[0]) from error
        except (LookupError, ValueError) as error:
            raise self._error("its encoding cannot be read; save it as UTF-8") from error
        if _name(root) != "configuration":
            said = f"its root is <{shown(_name(root))}> and not <configuration>: not a web.config"
            raise self._error(said, root)
        return root

    def config(self) -> WebConfig:
        """Return the sections of the whole application, and those of single paths."""
        scopes = self._scopes()
        config = self._scope(WebConfig(), scopes.pop("")[1])
        locations = tuple(
            (path, self._scope(config, groups))
            for path, groups in scopes.values()
            if any(_name(each) in _SECTIONS for group in groups for each in group)
        )
        self._look_around()
        return replace(config, locations=locations, unread=tuple(self._unread))

    def _scopes(self) -> dict[str, tuple[str, list[Element]]]:
        """Return each path's ``<system.web>``; IIS ignores the case of a path."""
        scopes: dict[str, tuple[str, list[Element]]] = {"": ("", [])}
        for element in self._root:
            path = element.get("path", ".").strip() if _name(element) == "location" else "."
            path = "" if path == "." else path
            groups = element if _name(element) == "location" else [element]
            found = [each for each in groups if _name(each) == "system.web"]
            scopes.setdefault(path.lower(), (path, []))[1].extend(found)
        return scopes

    def _scope(self, config: WebConfig, groups: list[Element]) -> WebConfig:
        found = self._only_once(each for group in groups for each in group)
        authentication = found.get("authentication")
        inside = self._only_once(authentication if authentication is not None else [])
        forms = inside.get("forms")
        config = replace(
            config,
            authentication=self._section(config.authentication, authentication),
            forms=self._section(config.forms, forms),
            session_state=self._section(config.session_state, found.get("sessionState")),
            http_cookies=self._section(config.http_cookies, found.get("httpCookies")),
            machine_key=self._section(config.machine_key, found.get("machineKey")),
            present=config.present | {*found, *inside},
        )
        self._check_session(config.session_state, found.get("sessionState"))
        self._mention_passwords(forms)
        return config

    def _only_once(self, elements: Iterable[Element]) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for each in elements:
            name = _name(each)
            if name in found:
                raise self._error(f"<{name}> is there twice for the same path; keep one", each)
            if name in (*_SECTIONS, "forms"):
                found[name] = each
        return found

    def _section(self, section: S, element: Element | None) -> S:
        if element is None or self._is_elsewhere(element):
            return section
        known = {each.metadata["name"]: each for each in fields(section)}
        given: dict[str, Any] = {}
        for name, text in element.attrib.items():
            if name in known:
                value = self._value(element, name, text, known[name].metadata["read"])
                given[known[name].name] = replace(getattr(section, known[name].name), **value)
            else:
                self._judge(element, name, known)
        return replace(section, **given)

    def _value(self, element: Element, name: str, text: str, read: Any) -> dict[str, Any]:
        try:
            return {"value": read(text), "given": True}
        except RefusedError as error:
            told = "..." if _name(element) == "machineKey" else shown(text)
            said = f'<{_name(element)} {name}="{told}">: give {error}'
            raise self._error(said, element) from error

    def _judge(self, element: Element, name: str, known: Iterable[str]) -> None:
        """Raise an error for a known name in the wrong case, as ASP.NET does; note others."""
        meant = [each for each in known if each.lower() == name.lower()]
        if meant:
            said = f"<{_name(element)}> has {shown(name)}; the name is {meant[0]}: case matters"
            raise self._error(said, element)
        if name not in _OTHER_ATTRIBUTES and not name.startswith("{"):
            self._unread.append(f"<{_name(element)}> has {shown(name)}, which was not read.")

    def _is_elsewhere(self, element: Element) -> bool:
        """Return whether the section is in another file, or encrypted."""
        source = element.get("configSource")
        if source is not None:
            self._unread.append(
                f"<{_name(element)}> is in another file, {shown(source)}, which was not opened: "
                "its values are taken to be the defaults. Put them in here, and read again."
            )
        elif element.get("configProtectionProvider") is not None:
            self._unread.append(
                f"<{_name(element)}> is encrypted: its values are taken to be the defaults. "
                "Decrypt it on its server (aspnet_regiis -pdf), and read again."
            )
        else:
            return False
        return True

    def _check_session(self, session: SessionState, element: Element | None) -> None:
        length, mode = session.timeout.value, session.mode.value
        if mode in ("InProc", "StateServer") and (length is None or length > _LONGEST_IN_MEMORY):
            shown_length = "Infinite" if length is None else length
            raise self._error(
                f'<sessionState timeout="{shown_length}">: in the mode {mode} ASP.NET takes '
                f"{_LONGEST_IN_MEMORY} minutes, a year, at most",
                element,
            )

    def _mention_passwords(self, forms: Element | None) -> None:
        if forms is not None and any(_name(each) == "credentials" for each in forms):
            self._unread.append(
                "<credentials> holds people's passwords, and was not read: ask people to choose "
                "new ones, because everybody who had this file has had them."
            )

    def _look_around(self) -> None:
        """Note what shows that the timeouts are elsewhere."""
        if any(name.startswith(_TRANSFORM) for each in self._root.iter() for name in each.attrib):
            self._unread.append(
                "This is a transformation (xdt:Transform), such as Web.Release.config: it was "
                "read as it is. Read the web.config that it produces."
            )
        if any(_name(each) == "aspNetCore" for each in _server_sections(self._root)):
            self._unread.append(
                "This site is ASP.NET Core: its timeouts are in its code (ExpireTimeSpan, 14 days "
                "by default; IdleTimeout, 20 minutes), and not in this file."
            )


def _name(element: Element) -> str:
    return str(element.tag).removeprefix(_NAMESPACE)


def _server_sections(root: Element) -> Iterator[Element]:
    for each in root:
        for group in each if _name(each) == "location" else [each]:
            if _name(group) == "system.webServer":
                yield from group
