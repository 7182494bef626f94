// Loads the interactive drawings of a page, on pages that have a place for one:
//
//     <div class="knobs" data-knobs="backprop"></div>
//
// loads knobs.js, the shared parts, and then backprop.js. All other pages load nothing.
(function () {
  "use strict";

  const places = document.querySelectorAll("[data-knobs]");
  if (places.length === 0) {
    return;
  }
  const folder = new URL(".", document.currentScript.src);
  const names = new Set(["knobs"]);
  for (const place of places) {
    names.add(place.dataset.knobs);
  }
  for (const name of names) {
    const script = document.createElement("script");
    script.src = new URL(name + ".js", folder).href;
    script.async = false; // they run in this order
    document.head.append(script);
  }
})();
