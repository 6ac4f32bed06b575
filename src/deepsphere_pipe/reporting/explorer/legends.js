// Legends.

function legendItem(style, text) {
  const item = document.createElement("li"), patch = document.createElement("i");
  Object.assign(patch.style, style);
  if (style.background.includes("gradient")) patch.className = "ramp";
  item.append(patch, text);
  return item;
}

function classLegend() {
  const items = content.events.map(({ name, colour }) => legendItem({ background: colour },
    { TC: "TC, tropical cyclone", AR: "AR, atmospheric river" }[name] || name));
  const colours = palette(), css = ([r, g, b]) => `rgb(${r},${g},${b})`;
  const { low, high } = run().field;
  const number = (value) => Number(value.toPrecision(2)).toString().replace("-", "−");
  items.push(legendItem({
    background: `linear-gradient(90deg, ${css(colours[0])}, ${css(colours[LAST_SHADE])})`,
  }, `${fieldName()}, ${number(low)} to ${number(high)} ${fieldUnits()}`));
  if (truth().includes(UNLABELLED)) {
    items.push(legendItem({ background: css(colours[WITHOUT_LABEL]) }, "without a label"));
  }
  return items;
}

function drawGlobeLegend() {
  const event = content.events[Number(state.show)];
  $("globe-legend").replaceChildren(...(event
    ? [legendItem({ background: `linear-gradient(90deg, rgb(${LIGHT}), ${event.colour})` },
      `probability of ${event.name}, 0 to 100 %`)]
    : classLegend()));
}
