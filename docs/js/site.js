// What Material's own scripts leave to be done for those who do not see the page.
"use strict";

{
  // The search is a dialog without a name.
  const search = document.querySelector(".md-search");
  if (search && !search.hasAttribute("aria-label")) {
    search.setAttribute("aria-label", "Search");
  }

  // Beside each block of code Material puts its button to copy into a `nav`. Assistive technology
  // lists each `nav` as a place to go to, dozens of them on a page: these are no such places.
  const quietenCodeButtons = () => {
    for (const buttons of document.querySelectorAll("nav.md-code__nav:not([role])")) {
      buttons.setAttribute("role", "presentation");
    }
  };

  quietenCodeButtons();
  new MutationObserver(quietenCodeButtons).observe(document.body, { childList: true, subtree: true });
}
