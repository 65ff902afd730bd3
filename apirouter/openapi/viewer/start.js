"use strict";
const wanted = new URLSearchParams(window.location.search).get("microversion");
const query = wanted ? `?microversion=${encodeURIComponent(wanted)}` : "";
window.ui = SwaggerUIBundle({
  url: `openapi.json${query}`,
  dom_id: "#api",
  deepLinking: true,
  // On a phone there is no room for it beside the path.
  displayOperationId: window.matchMedia("(min-width: 48em)").matches,
  filter: true,
  validatorUrl: null,
  onComplete: () => {
    const info = window.ui.specSelectors.info().toJS();
    document.title = info.title;
  },
});
