"""How the expert solves tasks of MiniWoB++: for each a function in the page's language, from the page to an action.

A recipe looks at the page as it is and returns the next action, so it also goes on where something went wrong. Given
are `asked` (what the task asks for, in words), `one(selector)`, `all(selector)`, `says(text, selector)` (the element of
that text), and the actions `click(element)`, `drag`, `type(text)`; `fill(field, text)` is the next action towards a
field with that text, or nothing when it has it.
"""

from __future__ import annotations

HELPERS = r"""
const asked = core.getUtterance();
const one = selector => document.querySelector(selector);
const all = selector => [...document.querySelectorAll(selector)];
const clean = text => text.replace(/\s+/g, ' ').trim();
const says = (text, selector) => all(selector).find(e => clean(e.textContent) === text && free(e));
const quoted = n => [...asked.matchAll(/"(.*?)"/g)][n][1];
const free = element => {
  const box = element.getBoundingClientRect(), steps = [0.5, 0.25, 0.75, 0.1, 0.9];
  for (const v of steps) for (const h of steps) {
    const x = Math.floor(box.left + h * box.width) + 0.5, y = Math.floor(box.top + v * box.height) + 0.5;
    const hit = x < 160 && y < 210 && document.elementFromPoint(x, y);
    if (hit && (hit === element || element.contains(hit))) return [x / 160, y / 210];
  }
  return null;
};
const click = element => element && free(element) && {does: 'click', at: free(element)};
const type = text => ({does: 'type', text});
const fill = (field, text) => field.value === text ? null
  : document.activeElement !== field ? click(field) : field.value ? {does: 'key', text: 'ctrl+a'} : type(text);
const submit = () => click(one('#subbtn'));
const check = wanted => {
  const wrong = all('#boxes label').find(label =>
    wanted.includes(clean(label.textContent)) !== label.querySelector('input').checked);
  return wrong ? click(wrong.querySelector('input')) : submit();
};
"""
_LINK = "click(says(quoted(0), '.alink'))"
_CHECKBOXES = "check(asked.replace(/^Select /, '').replace(/ and click Submit.$/, '').split(', '))"
RECIPES = {
    "click-test": "submit()",
    "click-test-2": "submit()",
    "click-button": "click(says(quoted(0), '#area button'))",
    "click-link": _LINK,
    "click-dialog": "click(one('.ui-dialog-titlebar-close'))",
    "click-dialog-2": "quoted(0) === 'x' ? click(one('.ui-dialog-titlebar-close'))"
    " : click(says(quoted(0), '.ui-dialog-buttonset button'))",
    "click-tab": "click(says(asked.match(/Tab #\\d/)[0], '#area ul a'))",
    "click-widget": "click(all('.widget [data-type]').find(e => e.dataset.type === quoted(0)))",
    "click-color": "click(all('#area .color').find(e => asked.includes(` ${e.dataset.color} `)))",
    "focus-text": "click(one('#tt'))",
    "focus-text-2": "click(one({'1st': '#tt1', '2nd': '#tt2', '3rd': '#tt3'}[asked.match(/\\d\\w\\w/)[0]]))",
    "click-button-sequence": "click(one(buttonsPushed.length ? '#subbtn2' : '#subbtn'))",
    "click-option": "(box => box.querySelector('input').checked ? submit() : click(box.querySelector('input')))"
    "(says(asked.match(/^Select (.*) and click/)[1], '#boxes label'))",
    "click-checkboxes": _CHECKBOXES,
    "click-checkboxes-transfer": _CHECKBOXES,
    "click-collapsible": "one('.ui-accordion-content').offsetHeight ? submit() : click(one('#area h3'))",
    "enter-text": "fill(one('#tt'), quoted(0)) || submit()",
    "enter-text-2": "fill(one('#tt'), /upper/.test(asked) ? quoted(0).toUpperCase() : quoted(0).toLowerCase())"
    " || submit()",
    "enter-password": "fill(one('#password'), quoted(0)) || fill(one('#verify'), quoted(0)) || submit()",
    "login-user": "fill(one('#username'), quoted(0)) || fill(one('#password'), quoted(1)) || submit()",
    "simple-arithmetic": "fill(one('#math-answer'), String(eval("
    "clean(one('#math-problem').textContent).replace('x', '*').replace('=', '')))) || submit()",
    "read-table": "fill(one('#tt'), all('#tab tr').map(row => [...row.children].map(e => clean(e.textContent)))"
    ".find(row => asked.startsWith(`Enter the value of ${row[0]} into`))[1]) || submit()",
}
"""Task -> expression."""
SEVERAL_STEPS = (
    "click-button-sequence", "click-option", "click-checkboxes", "click-checkboxes-transfer", "click-collapsible",
    "enter-text", "enter-text-2", "enter-password", "login-user", "simple-arithmetic", "read-table",
)  # fmt: skip
"""Those of them that need more than one action."""
