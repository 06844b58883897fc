"""What stands on a page, as text: a line an element with role, name, box in thousandths of the window, and state.

button "Submit" [12, 340, 262, 420]
textbox "" [12, 240, 500, 300] focused value="Ann"
"""

from __future__ import annotations

from typing import Any

from rollout.environments.browser.page import Page

MAX_ELEMENTS = 200
MAX_CHARACTERS = 80
_DESCRIBE = r"""
((skip, width, height) => {
  const roles = {a: 'link', button: 'button', select: 'list', textarea: 'textbox', option: 'option', img: 'image',
    li: 'item', td: 'cell', th: 'cell', h1: 'heading', h2: 'heading', h3: 'heading', h4: 'heading', label: 'label'};
  const inputs = {checkbox: 'checkbox', radio: 'radio', button: 'button', submit: 'button', range: 'slider'};
  const shapes = ['rect', 'circle', 'ellipse', 'polygon', 'line', 'path', 'text'];
  const found = [], clean = text => text.replace(/\s+/g, ' ').trim();
  const own = one => clean([...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join(' '));
  const given = one => one.classList.contains('ui-slider-handle') ? 'slider' : one.getAttribute('role');
  const role = (one, tag) => (given(one) !== 'presentation' && given(one))
    || (tag === 'input' ? inputs[one.type] || 'textbox' : roles[tag]) || (shapes.includes(tag) ? tag : 'text');
  const name = (one, tag) => own(one) || one.getAttribute('aria-label') || one.getAttribute('alt')
    || one.getAttribute('title') || one.getAttribute('placeholder')
    || (['button', 'submit'].includes(one.type) && one.value) || (['a', 'button', 'label'].includes(tag)
    ? clean(one.textContent) : '');
  const state = (one, tag, style) => [
    one === document.activeElement && 'focused', one.checked && 'checked', one.selected && 'selected',
    one.disabled && 'disabled', ['input', 'textarea'].includes(tag) && !['checkbox', 'radio'].includes(one.type)
      && one.value && 'value=' + JSON.stringify(one.type === 'password' ? '*'.repeat(one.value.length) : one.value),
    shapes.includes(tag) && style.fill !== 'none' && 'fill=' + style.fill].filter(Boolean).join(' ');
  const walk = (one, clip) => {
    const tag = one.tagName.toLowerCase();
    if (skip.includes(one.id) || ['script', 'style', 'defs'].includes(tag)) return;
    const style = getComputedStyle(one);
    if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return;
    const box = one.getBoundingClientRect();
    const seen = [Math.max(box.left, clip[0]), Math.max(box.top, clip[1]),
      Math.min(box.right, clip[2]), Math.min(box.bottom, clip[3])];
    const shows = seen[0] < seen[2] && seen[1] < seen[3];
    const counts = own(one) || ['input', 'button', 'a', 'select', 'textarea', 'img', ...shapes].includes(tag)
      || one.onclick || one.classList.contains('ui-slider-handle');
    if (shows && counts) found.push([role(one, tag), name(one, tag), seen, state(one, tag, style)]);
    const inner = style.overflow === 'visible' ? clip : seen;
    if (tag !== 'option') [...one.children].forEach(child => walk(child, inner));
  };
  walk(document.body, [0, 0, width, height]);
  return found;
})
"""


def describe(page: Page, skip: tuple[str, ...] = ()) -> str:
    """Return the elements that the window shows, a line each; skip: ids of elements that are none of the page's."""
    found = page.evaluate(f"({_DESCRIBE})({list(skip)!r}, {page.size[0]}, {page.size[1]})")
    return "\n".join(_line(one, page.size) for one in found[:MAX_ELEMENTS])


def _line(found: list[Any], size: tuple[int, int]) -> str:
    role, name, box, state = found
    width, height = size
    places = [round(1000 * one / side) for one, side in zip(box, (width, height, width, height), strict=True)]
    return f'{role} "{str(name)[:MAX_CHARACTERS]}" {places} {str(state)[:MAX_CHARACTERS]}'.rstrip()
