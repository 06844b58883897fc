"""Keys by the names that models and their action spaces use, as DevTools wants them."""

from __future__ import annotations

from typing import Any

MODIFIERS = {"alt": 1, "option": 1, "ctrl": 2, "control": 2, "meta": 4, "cmd": 4, "command": 4, "win": 4, "shift": 8}
_NAMED: dict[str, tuple[str, int, str]] = {
    "enter": ("Enter", 13, "\r"), "tab": ("Tab", 9, ""), "backspace": ("Backspace", 8, ""),
    "delete": ("Delete", 46, ""), "escape": ("Escape", 27, ""), "space": (" ", 32, " "),
    "up": ("ArrowUp", 38, ""), "down": ("ArrowDown", 40, ""), "left": ("ArrowLeft", 37, ""),
    "right": ("ArrowRight", 39, ""), "home": ("Home", 36, ""), "end": ("End", 35, ""),
    "pageup": ("PageUp", 33, ""), "pagedown": ("PageDown", 34, ""), "shift": ("Shift", 16, ""),
    "ctrl": ("Control", 17, ""), "alt": ("Alt", 18, ""), "meta": ("Meta", 91, ""), "insert": ("Insert", 45, ""),
    **{f"f{number}": (f"F{number}", 111 + number, "") for number in range(1, 13)},
}  # fmt: skip
"""Our name -> the key's name, its code, the text that it writes."""
_OTHER_NAMES = {
    "return": "enter", "esc": "escape", "del": "delete", "spacebar": "space", " ": "space", "control": "ctrl",
    "arrowup": "up", "arrowdown": "down", "arrowleft": "left", "arrowright": "right", "command": "meta", "cmd": "meta",
    "win": "meta", "option": "alt", "page_up": "pageup", "page_down": "pagedown",
}  # fmt: skip
_PUNCTUATION = {
    ";": 186, ":": 186, "=": 187, "+": 187, ",": 188, "<": 188, "-": 189, "_": 189, ".": 190, ">": 190, "/": 191,
    "?": 191, "`": 192, "~": 192, "[": 219, "{": 219, "\\": 220, "|": 220, "]": 221, "}": 221, "'": 222, '"': 222,
}  # fmt: skip


def read_keys(text: str) -> tuple[int, list[str]] | None:
    """Return the modifiers (a sum) and the other keys of "ctrl+a", "Return" or "shift+Tab"; None when there is one
    that no keyboard has."""
    names = [text] if text in ("+", " ") else [name.strip() for name in text.split("+")]
    keys = [name for name in names if name.lower() not in MODIFIERS]
    held = sum({MODIFIERS[name.lower()] for name in names if name.lower() in MODIFIERS})
    if not names or any(not _is_key(name) for name in keys):
        return None
    return held, keys or [names[-1]]


def key_event(name: str, held: int) -> dict[str, Any]:
    """Return a key as the parameters of Input.dispatchKeyEvent."""
    if len(name) == 1 and name != " ":
        code = _PUNCTUATION.get(name, ord(name.upper()) if name.isascii() and name.isalnum() else 0)
        event: dict[str, Any] = {"key": name, "windowsVirtualKeyCode": code}
        text = name
    else:
        known = _NAMED[_OTHER_NAMES.get(name.lower(), name.lower())]
        event, text = {"key": known[0], "windowsVirtualKeyCode": known[1]}, known[2]
        event["code"] = "Space" if known[0] == " " else known[0]
    if text and not held & ~MODIFIERS["shift"]:
        event["text"] = text
    return {**event, "modifiers": held}


def _is_key(name: str) -> bool:
    return len(name) == 1 or _OTHER_NAMES.get(name.lower(), name.lower()) in _NAMED
