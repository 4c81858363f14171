// Draws each chart from its saved query. Vega's own menu would send the data to its editor on the web, and its usual
// way to carry out expressions is eval(): both are off.
"use strict";

const days = new URLSearchParams(location.search).get("days") ?? "30";
for (const figure of document.querySelectorAll("figure[data-query]")) {
  const specification = {
    ...JSON.parse(figure.dataset.display),
    data: { url: `/trail/${figure.dataset.query}.json?_shape=array&days=${encodeURIComponent(days)}` },
    width: "container",
    height: 200,
    autosize: { type: "fit-x", contains: "padding" },
    background: null,
    config: { font: "system-ui, sans-serif", view: { stroke: null }, axis: { gridColor: "#e6e8eb", domain: false, labelOverlap: true, labelSeparation: 10 } },
  };
  vegaEmbed(figure.querySelector(".chart"), specification, { actions: false, ast: true, renderer: "svg" }).then(
    () => figure.classList.add("drawn"),
    (error) => {
      figure.querySelector(".chart").textContent = `This chart could not be drawn: ${error.message}`;
    },
  );
}
document.querySelector("#days").addEventListener("change", (event) => event.target.form.submit());
