// Values under the pointer.

function nameOf(label) {
  if (label === UNLABELLED) return "no label";
  return label === 0 ? "background" : content.events[label - 1].name;
}

/** Return what is known of a vertex, line by line. */
function describe(vertex) {
  const [lon, lat] = positionOf(vertex);
  const side = (value, plus, minus) => `${Math.abs(value).toFixed(1)}° ${value < 0 ? minus : plus}`;
  const events = content.events.map((_, event) => probability(event)[vertex]);
  const background = Math.max(0, CERTAIN - events.reduce((a, b) => a + b, 0));
  const percent = (value) => `${Math.round((100 * value) / CERTAIN)} %`;
  const { low, high } = run().field;
  const value = low + (field()[vertex] / SHADES) * (high - low);
  const decimals = Math.max(0, -Math.floor(Math.log10((high - low) / SHADES)));
  return [
    `${side(lat, "N", "S")}, ${side(lon, "E", "W")}`,
    `truth: ${nameOf(truth()[vertex])}`,
    `prediction: ${nameOf(predicted()[vertex])}`,
    `probability: ${content.events.map(({ name }, i) => `${name} ${percent(events[i])}`).join(", ")
    }, background ${percent(background)}`,
    `${fieldName()}: ${high - low < 1e-3 ? value.toExponential(1)
      : value.toFixed(decimals)} ${fieldUnits()}`,
  ];
}

function showTip(vertex, x, y) {
  const tip = $("tip");
  tip.replaceChildren(...describe(vertex).flatMap((line, i) =>
    i ? [document.createElement("br"), line] : [line]));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 4))}px`;
  tip.style.top = `${y + 18 + height > innerHeight ? Math.max(4, y - height - 12) : y + 18}px`;
}
const hideTip = () => { $("tip").hidden = true; };

function vertexUnder(canvas, event) {
  const box = canvas.getBoundingClientRect(), [height, width] = sphere.nearest.shape;
  const column = Math.floor(((event.clientX - box.left) / box.width) * width);
  const row = Math.floor(((event.clientY - box.top) / box.height) * height);
  if (column < 0 || row < 0 || column >= width || row >= height) return null;
  const vertex = sphere.nearest[row * width + column];
  return vertex < sphere.position.shape[0] ? vertex : null;
}

function nearestVertex(x, y, z) {
  let best = -2, found = 0;
  for (let v = 0; v < sphere.position.shape[0]; v++) {
    const [lon, lat] = positionOf(v).map((degrees) => degrees * Math.PI / 180);
    const cosine = Math.cos(lat) * (x * Math.cos(lon) + y * Math.sin(lon)) + z * Math.sin(lat);
    if (cosine > best) [best, found] = [cosine, v];
  }
  return found;
}
