"""Mouse and keyboard on a page. Places are fractions of the window.

The press must not overtake the move, and the mouse leaves again afterwards (`hover` alone stays), so that the same
gestures always make the same picture.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from rollout.environments.browser.keys import MODIFIERS, key_event, read_keys
from rollout.environments.browser.page import Page

Place = tuple[float, float]
_DRAG_MOVES = 6
_NOTCH = 53
"""Pixels that one step of the wheel scrolls."""
_AWAY = (1, 1)
_SELECTED = """(() => {
  const field = document.activeElement, has = field && typeof field.selectionStart === 'number';
  return has ? field.value.slice(field.selectionStart, field.selectionEnd) : String(getSelection());
})()"""
_CONTROL = MODIFIERS["ctrl"]
_CORNER = 20
_INSET = 14
_HOLD = """(([x, y]) => {
  const scrolls = one => (one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth)
    && getComputedStyle(one).overflow !== 'visible';
  window.__held = [...document.querySelectorAll('*')].filter(scrolls).map(one => [one, one.scrollLeft, one.scrollTop]);
  for (let one = document.elementFromPoint(x, y); one && one !== document.body; one = one.parentElement) {
    const box = one.getBoundingClientRect();
    if (scrolls(one) && (x < box.right - CORNER || y < box.bottom - CORNER))
      return [box.left + INSET, box.top + INSET, box.right - INSET, box.bottom - INSET];
  }
  return null;
})""".replace("CORNER", str(_CORNER)).replace("INSET", str(_INSET))
_LET_GO = "__held.forEach(([one, left, top]) => { one.scrollLeft = left; one.scrollTop = top; })"
"""What scrolls by a drag does so for as long as that lasts: its place is remembered, and set again. Where the drag
begins in it, its inner part is told, inside which nothing scrolls, unless at its corner, which may change its size."""


class Hands:
    """What a policy does to one page. The clipboard is the page's own: that of a browser is one for all."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._clipboard = ""

    def click(self, place: Place, *, button: str = "left", count: int = 1) -> None:
        """Click once or several times."""
        at = self._move(place)
        for number in range(1, count + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self._mouse(kind, at, button=button, clickCount=number)
        self._leave()

    def drag(self, start: Place, end: Place) -> None:
        """Press at one place, let go at the other."""
        at, target, moves = self._move(start), self._pixel(end), _DRAG_MOVES
        if box := self._page.evaluate(f"{_HOLD}({list(at)})"):
            target, moves = (min(max(target[0], box[0]), box[2]), min(max(target[1], box[1]), box[3])), 1
        self._mouse("mousePressed", at, button="left", buttons=1, clickCount=1)
        for number in range(1, moves + 1):
            between = tuple(a + (b - a) * number / moves for a, b in zip(at, target, strict=True))
            self._mouse("mouseMoved", (between[0], between[1]), button="left", buttons=1)
        self._page.evaluate("__settle()")
        self._mouse("mouseReleased", target, button="left", clickCount=1)
        self._page.evaluate(_LET_GO)
        self._leave()

    def hover(self, place: Place) -> None:
        """Move the mouse and let it stay."""
        self._move(place)

    def scroll(self, place: Place, direction: str, notches: float) -> None:
        """Turn the wheel."""
        at, far = self._move(place), min(abs(notches), 100.0) * _NOTCH
        x, y = {"up": (0.0, -far), "down": (0.0, far), "left": (-far, 0.0), "right": (far, 0.0)}[direction]
        self._mouse("mouseWheel", at, deltaX=x, deltaY=y)
        self._page.evaluate("__settle()")
        self._leave()

    def type(self, text: str) -> None:
        """Type into what has the focus, key by key; a character that no key has is put in as it is."""
        answers: list[Future[Any]] = []
        for character in text:
            name = {"\n": "Enter", "\t": "Tab"}.get(character, character)
            if character.isascii():
                answers += self._strike(name, 0)
            else:
                answers.append(self._page.send("Input.insertText", text=character))
        self._page.wait_for(answers, "typing")

    def press(self, keys: str) -> bool:
        """Press keys together, as "ctrl+a"; False when there is one that no keyboard has."""
        read = read_keys(keys)
        if read is None:
            return False
        held, names = read
        for name in names:
            if held == _CONTROL and name.lower() in ("c", "x", "v"):
                self._clip(name.lower())
            else:
                self._page.wait_for(self._strike(name, held), "a key")
        return True

    def _clip(self, key: str) -> None:
        if key == "v":
            self._page.call("Input.insertText", text=self._clipboard)
            return
        self._clipboard = str(self._page.evaluate(_SELECTED) or "")
        if key == "x":
            self._page.wait_for(self._strike("Delete", 0), "a key")

    def _strike(self, name: str, held: int) -> list[Future[Any]]:
        event = key_event(name, held)
        commands = {"commands": ["selectAll"]} if held == _CONTROL and name.lower() == "a" else {}
        kind = "keyDown" if "text" in event else "rawKeyDown"
        up = {key: value for key, value in event.items() if key != "text"}
        return [
            self._page.send("Input.dispatchKeyEvent", type=kind, **event, **commands),
            self._page.send("Input.dispatchKeyEvent", type="keyUp", **up),
        ]

    def _move(self, place: Place) -> tuple[float, float]:
        at = self._pixel(place)
        self._mouse("mouseMoved", at)
        self._page.evaluate("__settle()")
        return at

    def _leave(self) -> None:
        self._mouse("mouseMoved", _AWAY)

    def _mouse(self, kind: str, at: tuple[float, float], **more: Any) -> None:
        self._page.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], **more)

    def _pixel(self, place: Place) -> tuple[float, float]:
        """Return the middle of the pixel at a place: on an edge a click may hit the neighbour."""
        x, y = (min(int(share * size), size - 1) + 0.5 for share, size in zip(place, self._page.size, strict=True))
        return x, y
