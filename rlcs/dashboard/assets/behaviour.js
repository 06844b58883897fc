// What a page needs the browser for: its title, where it starts, figures as PNG, and to notice that its server is gone.
"use strict";
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.dashboard = {
  // After a page has come: name the window, go to the place that the address names, let the keyboard start there.
  arrive: function (shown, hash) {
    if (!shown) return window.dash_clientside.no_update;
    document.title = shown.title;
    document.getElementById("content").dataset.shown = shown.href;
    const place = shown.href.replace(/[?&](axis|smoothing|text|full|sort|order)=[^&]*/g, "") + (hash || "");
    if (this.place !== undefined && this.place !== place) {
      setTimeout(function () {
        const target = hash ? document.getElementById(hash.slice(1)) : null;
        if (target) target.scrollIntoView({ block: "start" });
        const active = document.activeElement;
        if (!active || active === document.body) document.getElementById("content").focus({ preventScroll: true });
      }, 100);
    }
    this.place = place;
    return place;
  },
  png: function (clicks) {
    if (!clicks) return window.dash_clientside.no_update;
    const name = window.dash_clientside.callback_context.triggered_id.name;
    const heading = document.getElementById("figure-" + name);
    const graph = heading.closest(".figure").querySelector(".js-plotly-plot");
    window.Plotly.downloadImage(graph, { format: "png", scale: 2, width: 900, height: 450, filename: name });
    return String(clicks);
  },
};

// A page whose server is gone looks as alive as any other: so it asks, and says since when there is no answer. What
// comes after that is up to the tick of the page, which goes on all the while.
(function watch() {
  const EVERY_MS = 3000, PATIENCE_MS = 15000;
  let lastAnswer = new Date();
  function tell(text) {
    const place = document.getElementById("stale");
    if (place && place.textContent !== text) place.textContent = text;
  }
  async function ask() {
    try {
      const options = { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
      const answer = await fetch("/assets/dashboard.css", options);
      if (answer.status === 403) {
        tell("The dashboard has been started again and no longer knows this page: open the address that it printed.");
      } else {
        lastAnswer = new Date();
        tell("");
      }
    } catch (error) {
      tell("No answer from the dashboard since " + lastAnswer.toLocaleTimeString("en-GB") +
           "; what you see is from then. Is rlcs dashboard still running? " +
           "The page goes on by itself once it answers here.");
    }
    setTimeout(ask, EVERY_MS);
  }
  setTimeout(ask, EVERY_MS);
})();
