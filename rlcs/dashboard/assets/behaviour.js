// What a page needs the browser for: its title, where it starts, and figures as PNG.
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
