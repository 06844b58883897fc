"""Time that stands still while the policy thinks: scripts put into a page before its own.

`__advance(ms)` lets time pass: timers and animation frames that fall due run, in order. `__settle()` is a promise that
two real frames were painted and all pictures decoded, so that what is looked at next is what the page now is.
"""

from __future__ import annotations

CLOCK = r"""
(() => {
  const paint = requestAnimationFrame.bind(window), later = setTimeout.bind(window), RealDate = Date;
  const start = 1.7e12;
  let now = start, number = 1;
  const timers = new Map(), frames = new Map();
  window.__settle = () => new Promise(done => {
    later(done, 5000);
    paint(() => paint(() =>
      Promise.all([...document.images].map(image => image.decode().catch(() => 0))).then(done)));
  });
  window.Date = class extends RealDate {
    constructor(...given) { given.length ? super(...given) : super(now); }
    static now() { return now; }
  };
  performance.now = () => now - start;
  const add = (run, ms, given, every) => {
    timers.set(number, {run, given, number, at: now + Math.max(+ms || 0, 0), every});
    return number++;
  };
  window.setTimeout = (run, ms, ...given) => add(run, ms, given, 0);
  window.setInterval = (run, ms, ...given) => add(run, ms, given, Math.max(+ms || 0, 1));
  window.clearTimeout = window.clearInterval = id => { timers.delete(id); };
  window.requestAnimationFrame = run => { frames.set(number, run); return number++; };
  window.cancelAnimationFrame = id => { frames.delete(id); };
  const safely = (run, ...given) => {
    try { typeof run === 'function' ? run(...given) : (0, eval)(run); } catch (error) { console.error(error); }
  };
  const first = end => {
    let found = null;
    for (const one of timers.values())
      if (one.at <= end && (!found || one.at < found.at || (one.at === found.at && one.number < found.number)))
        found = one;
    return found;
  };
  window.__advance = ms => {
    const end = now + ms;
    let tick = now + 16;
    for (let guard = 0; guard < 20000; guard++) {
      const timer = first(end);
      if (frames.size && tick <= end && (!timer || tick <= timer.at)) {
        now = tick;
        tick += 16;
        const due = [...frames.values()];
        frames.clear();
        due.forEach(run => safely(run, now - start));
      } else if (timer) {
        now = Math.max(now, timer.at);
        timer.every ? timer.at = now + timer.every : timers.delete(timer.number);
        safely(timer.run, ...timer.given);
      } else break;
    }
    now = end;
  };
})();
"""
STILL = r"""
document.addEventListener('DOMContentLoaded', () => {
  const style = document.createElement('style');
  style.textContent =
    '*{transition:none!important;animation:none!important;caret-color:transparent!important}';
  document.head.appendChild(style);
});
"""
"""Nothing moves that the clock does not move, and no caret blinks."""
