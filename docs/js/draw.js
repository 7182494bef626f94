// Where a page has an element `<div class="draw" data-network="dense"></div>`, a pad to draw a digit on is put into
// it. All other pages load nothing but these lines.
(() => {
  const places = document.querySelectorAll(".draw");
  if (places.length === 0) return;

  // the folder of the whole site, wherever it is published, or a folder of files
  const site = new URL("..", document.currentScript.src);

  // Run a script of the site; one that is there already is not run again.
  const begun = new Map();
  function load(path) {
    if (!begun.has(path)) {
      const script = document.createElement("script");
      script.src = new URL(path, site);
      const ended = new Promise((done, failed) => {
        script.onload = done;
        script.onerror = () => failed(new Error(`${path} cannot be loaded.`));
      });
      begun.set(path, ended);
      document.head.append(script);
    }
    return begun.get(path);
  }

  function loadStyle(path) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(path, site);
    const ended = new Promise((done) => {
      link.onload = done;
      link.onerror = done; // without it the pad is plain, and works
    });
    document.head.append(link);
    return ended;
  }

  const needed = [
    loadStyle("css/pad.css"),
    load("js/weights.js"),
    load("js/network.js"),
    load("js/prepare.js"),
    load("js/pad.js"),
  ];
  Promise.all(needed).then(
    () => places.forEach((place) => makePad(place, load)),
    (error) => places.forEach((place) => place.append(error.message)),
  );
})();
