"""What the HTML of an answer looks like: a picture, made when a person looks at it, behind the walls of the verifier.

The page itself never comes near the browser of that person. It is shown by a Chromium of its own as the verifier shows
it: no script, no request, no network (rewards/verifiers/webpages). What leaves is pixels. Nothing that a run folder
says names the program or the walls.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rewards.sandbox.browser import BrowserFault, find_program
from rewards.verifiers.webpages.gold import HEIGHTS, WIDTHS
from rewards.verifiers.webpages.pages import Frame, close_browsers
from rewards.verifiers.webpages.pixels import Picture as Pixels
from rewards.verifiers.webpages.render import VIEW_HEIGHT, show_picture
from rewards.verifiers.webpages.webpage import html_in
from rlcs.dashboard.pictures import NoPicture, Picture, address_of
from rlcs.errors import UserError
from rlcs.records import Verdict

DOMAIN = "webpage"
SECONDS = 8.0
"""For showing a page."""
WALLS = ("spaces", "browser")
"""What the browser runs behind: never `page`, where a fault of Chromium is all that a hostile page needs."""
_WIDTH = 1280
_one_at_a_time = threading.Lock()


def rendering(answer: str, params: Mapping[str, Any]) -> Picture:
    """Return the page of an answer as the verifier sees it, in a window of the size that its parameters say.

    Raises NoPicture, with the reason.
    """
    html = html_in(answer)
    if isinstance(html, Verdict):
        raise NoPicture(html.message)
    width, height = _side(params, "width", WIDTHS, _WIDTH), _side(params, "height", HEIGHTS, VIEW_HEIGHT)
    with _one_at_a_time:
        return _rendering(html, width, height)


@lru_cache(maxsize=16)
def _rendering(html: str, width: int, height: int) -> Picture:
    from PIL import Image

    try:
        find_program()
        pixels = _pixels(html, width, height)
    except (BrowserFault, UserError) as error:
        raise NoPicture(str(error)) from error
    finally:
        close_browsers()  # nobody may look at another for days
    return Picture(address_of(Image.fromarray(pixels)), pixels.shape[1], pixels.shape[0])


def _pixels(html: str, width: int, height: int) -> Pixels:
    """Show a page behind the first walls that work here, never the weakest: no score waits for it."""
    for walls in WALLS:
        try:
            return Frame(walls=walls, width=width, height=height).show(show_picture, html, seconds=SECONDS)
        except UserError:  # no browser starts behind these
            continue
    raise NoPicture(
        f"no browser starts here behind walls ({' or '.join(WALLS)}), and without them no page that a model wrote is "
        "looked at; allow user namespaces (sysctl user.max_user_namespaces)"
    )


def _side(params: Mapping[str, Any], name: str, limits: tuple[int, int], otherwise: int) -> int:
    """Return a side of the window in pixels: what a folder says, within what the verifier takes."""
    value = params.get(name)
    return min(max(value, limits[0]), limits[1]) if isinstance(value, int) else otherwise
