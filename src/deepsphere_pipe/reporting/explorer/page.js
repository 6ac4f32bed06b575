"use strict";

// Text in the page -> arrays.

/** Return the bytes of an element that holds gzip as base64. */
async function inflate(element) {
  const text = atob(element.textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

const TYPES = {
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int16: Int16Array,
};

/** Return the arrays of an element, by name, each with its shape. */
async function unpack(id) {
  const element = document.getElementById(id);
  const buffer = await inflate(element);
  const arrays = {};
  let offset = 0;
  for (const { name, type, shape } of JSON.parse(element.dataset.arrays)) {
    const size = shape.reduce((a, b) => a * b, 1) * TYPES[type].BYTES_PER_ELEMENT;
    arrays[name] = new TYPES[type](buffer.slice(offset, offset + size));
    arrays[name].shape = shape;
    offset += size;
  }
  return arrays;
}

const unpacked = new Map();
/** Unpack once only. */
function arraysOf(id) {
  if (!unpacked.has(id)) unpacked.set(id, unpack(id));
  return unpacked.get(id);
}

// What the page holds and what is chosen.

const content = JSON.parse(document.getElementById("content").textContent);
const $ = (id) => document.getElementById(id);
const DEGREE = 100, UNIT = 32767, BREAK = -32768, CERTAIN = 255, UNLABELLED = 255;
// Numbers of a palette. Those of classes lie amid a band of their colour, as the globe blends a
// number with the next one.
const LAST_SHADE = 200, BAND = 11, WITHOUT_LABEL = 250;
const numberOf = (event) => LAST_SHADE + BAND * (event + 1);
const state = { run: 0, part: "validation", map: 0, epoch: 0, show: "prediction" };
let maps = null, sphere = null, earth = null; // arrays of the chosen run, its sphere, the lines

const run = () => content.runs[state.run];
const isTest = () => state.part === "test";
/** The epoch whose network predicted what is shown. */
const epochShown = () => (isTest() ? run().best_epoch : chosenEpoch());
const chosenEpoch = () => epochChoices()[state.epoch];
/** All epochs where only curves are shown, else those of which there are maps. */
const epochChoices = () => (run().maps ? run().epochs : run().history.epoch);

/** A view of the values of one map, by vertex. */
function values(name, ...indices) {
  const array = maps[`${state.part}_${name}`];
  const n = sphere.position.shape[0];
  let row = 0;
  indices.forEach((index, axis) => { row = row * array.shape[axis] + index; });
  return array.subarray(row * n, (row + 1) * n);
}
const step = () => (isTest() ? 0 : state.epoch);
const truth = () => values("truth", state.map);
const predicted = () => values("predicted", step(), state.map);
const field = () => values("field", state.map);
const probability = (event) => values("probability", step(), state.map, event);

// Colours: every vertex gets a number from 0 to 255, and a palette gives it a colour.

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const mix = (a, b, share) => a.map((value, i) => Math.round(value + share * (b[i] - value)));
const LIGHT = [247, 247, 247], DARK = [120, 120, 120];

/** Grey for the field, the colours of the events, and of vertices without a label. */
function palette() {
  const colours = [];
  for (let i = 0; i < 256; i++) colours.push(mix(LIGHT, DARK, Math.min(i / LAST_SHADE, 1)));
  const paint = (number, colour) => {
    const half = (BAND - 1) / 2;
    for (let i = number - half; i <= number + half; i++) colours[i] = colour;
  };
  content.events.forEach(({ colour }, event) => paint(numberOf(event), rgb(colour)));
  paint(WITHOUT_LABEL, [255, 240, 170]);
  return colours;
}

function ramp(colour) {
  return Array.from({ length: 256 }, (_, i) => mix(LIGHT, rgb(colour), i / 255));
}

/** Numbers of the palette: events over the field. */
function shadesOf(classes) {
  const shades = new Uint8Array(classes.length), grey = field();
  for (let i = 0; i < shades.length; i++) {
    const label = classes[i];
    if (label === UNLABELLED) shades[i] = WITHOUT_LABEL;
    else if (label > 0) shades[i] = numberOf(label - 1);
    else shades[i] = (grey[i] * LAST_SHADE) / 255;
  }
  return shades;
}

/** What the globe shows: numbers by vertex, and their palette. */
function globeLayer() {
  if (state.show === "truth") return [shadesOf(truth()), palette()];
  if (state.show === "prediction") return [shadesOf(predicted()), palette()];
  const event = Number(state.show);
  return [probability(event), ramp(content.events[event].colour)];
}

// The flat maps.

/** Draw classes by vertex on a canvas; with the outline of other classes, if given. */
function drawFlat(canvas, classes, outlined) {
  const [height, width] = sphere.nearest.shape, nearest = sphere.nearest, n = classes.length;
  const colours = palette(), shades = shadesOf(classes);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const packed = colours.map(([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0);
  const BLACK = (255 << 24) >>> 0;
  for (let i = 0; i < pixels.length; i++) if (nearest[i] < n) pixels[i] = packed[shades[nearest[i]]];
  if (outlined) {
    const label = (i) => (nearest[i] < n && outlined[nearest[i]] !== UNLABELLED
      ? outlined[nearest[i]] : 0);
    for (let i = width; i < pixels.length; i++) {
      if (nearest[i] < n && (label(i) !== label(i - 1) || label(i) !== label(i - width)) &&
        nearest[i - 1] < n && nearest[i - width] < n) pixels[i] = BLACK;
    }
  }
  const raster = document.createElement("canvas");
  [raster.width, raster.height] = [width, height];
  raster.getContext("2d").putImageData(image, 0, 0);
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(2, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(2, Math.round(canvas.width / 2));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(raster, 0, 0, canvas.width, canvas.height);
  context.lineWidth = 0.6 * ratio;
  context.strokeStyle = "rgba(51,51,51,.25)";
  stroke(context, earth.flat_grid);
  context.lineWidth = 0.8 * ratio;
  context.strokeStyle = "#777";
  stroke(context, earth.flat_coast);
  context.strokeStyle = "#333";
  context.beginPath();
  context.ellipse(canvas.width / 2, canvas.height / 2, canvas.width / 2 - ratio,
    canvas.height / 2 - ratio, 0, 0, 2 * Math.PI);
  context.stroke();
}

/** Draw lines that are given from -UNIT to UNIT. */
function stroke(context, lines) {
  const { width, height } = context.canvas;
  context.beginPath();
  let pen = false;
  for (let i = 0; i < lines.length; i += 2) {
    if (lines[i] === BREAK) { pen = false; continue; }
    const x = (1 + lines[i] / UNIT) * width / 2, y = (1 - lines[i + 1] / UNIT) * height / 2;
    if (pen) context.lineTo(x, y); else context.moveTo(x, y);
    pen = true;
  }
  context.stroke();
}

function drawMaps() {
  drawFlat($("truth"), truth());
  drawFlat($("prediction"), predicted(), truth());
  const title = run().titles[state.part][state.map];
  $("prediction-title").textContent = isTest()
    ? `Prediction of the trained network (epoch ${run().best_epoch})`
    : `Prediction after epoch ${chosenEpoch()}`;
  $("truth").setAttribute("aria-label", `Map of the true events, ${title}`);
  $("prediction").setAttribute("aria-label", `Map of the predicted events, ${title}`);
  $("status").textContent = isTest()
    ? `Test map, ${title}. Predicted by the trained network, that of the best epoch: the slider does not apply to test maps.`
    : `Validation map, ${title}.`;
}

// The curves.

const LAYOUT = {
  font: { family: "system-ui, DejaVu Sans, sans-serif", size: 12, color: "#222" },
  paper_bgcolor: "#fff", plot_bgcolor: "#fff", showlegend: true,
};
const OPTIONS = { displayModeBar: false, responsive: true, scrollZoom: false };

async function drawCurves() {
  const { history } = run();
  const percent = (list) => list.map((value) => (value === null ? null : 100 * value));
  const line = (name, color, y, width) => ({
    type: "scatter", mode: history.epoch.length > 40 ? "lines" : "lines+markers", name,
    x: history.epoch, y, cliponaxis: false, line: { color, width }, marker: { size: 5, color },
    hovertemplate: `epoch %{x}: ${name} %{y:.1f} %<extra></extra>`,
  });
  const mean = percent(history.mean);
  const best = history.epoch.indexOf(run().best_epoch);
  const traces = content.events.map(({ name, colour }) =>
    line(name, colour, percent(history[name]), 2));
  traces.push(line("mean", "#000000", mean, 3));
  traces.push({
    type: "scatter", mode: "markers", name: "best epoch", cliponaxis: false, x: [run().best_epoch], y: [mean[best]],
    marker: { symbol: "star", size: 15, color: "#000", line: { color: "#fff", width: 1 } },
    hovertemplate: `best epoch %{x}: mean %{y:.1f} %<extra></extra>`,
  });
  traces.push({
    type: "scatter", mode: "markers", name: "chosen epoch", x: [], y: [], showlegend: false,
    cliponaxis: false,
    marker: { symbol: "circle-open", size: 13, color: "#222", line: { width: 2 } },
    hoverinfo: "skip",
  });
  const few = history.epoch.length <= 12;
  await Plotly.react("curves", traces, {
    ...LAYOUT, margin: { l: 52, r: 12, t: 8, b: 42 }, hovermode: "closest", dragmode: false,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    xaxis: {
      title: { text: "epoch" }, range: [0.5, Math.max(...history.epoch) + 0.5], fixedrange: true,
      gridcolor: "#eee", ...(few ? { dtick: 1 } : { tickformat: "d" }),
    },
    yaxis: {
      title: { text: "validation AP (%)" }, rangemode: "tozero", fixedrange: true,
      gridcolor: "#ddd", zerolinecolor: "#bbb",
    },
    shapes: [{
      type: "line", yref: "paper", y0: 0, y1: 1, x0: 0, x1: 0,
      line: { color: "#222", width: 1.5, dash: "dot" },
    }],
  }, OPTIONS);
  await markEpoch();
  const scores = content.events.map(({ name }) => {
    const value = run().test_scores[name];
    return `${name} ${value == null ? content.absent : (100 * value).toFixed(1) + "\u00a0%"}`;
  });
  $("test-scores").textContent =
    `On the test maps the trained network of ${run().name} has an AP of ${scores.join(", ")}.`;
}

async function markEpoch() {
  const epoch = isTest() ? run().best_epoch : chosenEpoch();
  const at = run().history.epoch.indexOf(epoch);
  const y = ["mean", ...content.events.map(({ name }) => name)].map((name) => {
    const value = run().history[name][at];
    return value == null ? null : 100 * value;
  });
  await Plotly.update("curves", { x: [y.map(() => epoch)], y: [y] },
    { "shapes[0].x0": epoch, "shapes[0].x1": epoch }, [content.events.length + 2]);
}

// The globe.

let cells = null; // triangles of the sphere that is drawn, and the cell of each

/** Return corners of the triangles, a fan around the centre of each cell. */
function fans() {
  const { points, corners, n_corners: counts, cell_vertex: vertexOf } = sphere;
  const n = corners.length, i = new Uint32Array(n), j = new Uint32Array(n), k = new Uint32Array(n);
  const vertex = new Uint32Array(n);
  for (let cell = 0, first = 0; cell < counts.length; first += counts[cell++]) {
    for (let side = 0; side < counts[cell]; side++) {
      const at = first + side;
      i[at] = cell;
      j[at] = corners[at];
      k[at] = corners[first + ((side + 1) % counts[cell])];
      vertex[at] = vertexOf[cell];
    }
  }
  const axis = (a) => Float32Array.from({ length: points.shape[0] }, (_, p) => points[3 * p + a] / UNIT);
  return { x: axis(0), y: axis(1), z: axis(2), i, j, k, vertex };
}

/** Return a scatter trace of lines a little above the ground. */
function linesOnGlobe(lines, color, width, radius) {
  const [x, y, z] = [[], [], []];
  for (let p = 0; p < lines.length; p += 2) {
    const gap = lines[p] === BREAK;
    const [lon, lat] = [lines[p], lines[p + 1]].map((v) => (v / DEGREE) * Math.PI / 180);
    x.push(gap ? null : radius * Math.cos(lat) * Math.cos(lon));
    y.push(gap ? null : radius * Math.cos(lat) * Math.sin(lon));
    z.push(gap ? null : radius * Math.sin(lat));
  }
  return { type: "scatter3d", mode: "lines", x, y, z, hoverinfo: "skip", showlegend: false,
    connectgaps: false, line: { color, width } };
}

function intensity(shades) {
  const result = new Uint8Array(cells.vertex.length);
  for (let t = 0; t < result.length; t++) result[t] = shades[cells.vertex[t]];
  return result;
}

const colourScale = (colours) =>
  colours.map(([r, g, b], i) => [i / 255, `rgb(${r},${g},${b})`]);

/** Make the globe of a sphere; returns whether the browser can. */
async function buildGlobe() {
  cells = fans();
  const [shades, colours] = globeLayer();
  coloured = null;
  const { vertex: _, ...triangles } = cells;
  const camera = $("globe").layout ? $("globe").layout.scene.camera : cameraAt(...eventPlace());
  const axis = { visible: false, showspikes: false, range: [-1.03, 1.03] };
  await Plotly.react("globe", [
    {
      type: "mesh3d", ...triangles, intensity: intensity(shades), intensitymode: "cell",
      colorscale: colourScale(colours), cmin: 0, cmax: 255, showscale: false, flatshading: false,
      lighting: { ambient: 1, diffuse: 0, specular: 0, fresnel: 0 }, hoverinfo: "none",
    },
    linesOnGlobe(earth.grid, "#b5b5b5", 1, 1.002),
    linesOnGlobe(earth.coast, "#555555", 2, 1.004),
  ], {
    ...LAYOUT, showlegend: false, margin: { l: 0, r: 0, t: 0, b: 0 },
    scene: {
      xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "cube", dragmode: "turntable", camera,
    },
  }, OPTIONS);
}

let recolouring = false, again = false, coloured = null;
/** Colour the globe anew; while it does, later calls are one. */
async function drawGlobe() {
  if (!cells) return;
  if (recolouring) { again = true; return; }
  recolouring = true;
  do {
    again = false;
    const [shades, colours] = globeLayer();
    const change = { intensity: [intensity(shades)] };
    const colourOf = Number(state.show) >= 0 ? state.show : "classes";
    if (colourOf !== coloured) change.colorscale = [colourScale(colours)];
    coloured = colourOf;
    await Plotly.restyle("globe", change, [0]);
    await new Promise(requestAnimationFrame);
  } while (again);
  recolouring = false;
  drawGlobeLegend();
}

const DISTANCE = 1.42;
function cameraAt(lon, lat, distance = DISTANCE) {
  const [a, b] = [lon, lat].map((degrees) => degrees * Math.PI / 180);
  return {
    eye: {
      x: distance * Math.cos(b) * Math.cos(a), y: distance * Math.cos(b) * Math.sin(a),
      z: distance * Math.sin(b),
    },
    center: { x: 0, y: 0, z: 0 }, up: { x: 0, y: 0, z: 1 },
  };
}

/** Return longitude and latitude of the first true event of the rarest kind on the map. */
function eventPlace() {
  const classes = truth();
  const counts = content.events.map((_, event) =>
    classes.reduce((sum, label) => sum + (label === event + 1), 0));
  const there = counts.filter((count) => count > 0);
  if (!there.length) return [0, 20];
  const at = classes.indexOf(counts.indexOf(Math.min(...there)) + 1);
  const [lon, lat] = positionOf(at);
  return [lon, Math.max(-60, Math.min(60, lat))];
}

async function zoom(factor) {
  const { eye, center, up } = $("globe")._fullLayout.scene.camera;
  const distance = Math.hypot(eye.x, eye.y, eye.z);
  const scale = Math.min(3, Math.max(0.75, distance * factor)) / distance;
  await Plotly.relayout("globe", { "scene.camera":
    { eye: { x: eye.x * scale, y: eye.y * scale, z: eye.z * scale }, center, up } });
}

// Values under the pointer.

const positionOf = (vertex) =>
  [sphere.position[2 * vertex] / DEGREE, sphere.position[2 * vertex + 1] / DEGREE];

function nameOf(label) {
  if (label === UNLABELLED) return "no label";
  return label === 0 ? "background" : content.events[label - 1].name;
}

const fieldName = () => run().field.meaning.replace(/ \(.*?\)/g, "");
const fieldUnits = () =>
  run().field.units.replace(/-(\d)/g, (_, digit) => `⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]}`);

/** Return what is known of a vertex, line by line. */
function told(vertex) {
  const [lon, lat] = positionOf(vertex);
  const side = (value, plus, minus) => `${Math.abs(value).toFixed(1)}° ${value < 0 ? minus : plus}`;
  const events = content.events.map((_, event) => probability(event)[vertex]);
  const background = Math.max(0, CERTAIN - events.reduce((a, b) => a + b, 0));
  const percent = (value) => `${Math.round((100 * value) / CERTAIN)} %`;
  const { low, high } = run().field;
  const value = low + (field()[vertex] / 255) * (high - low);
  const decimals = Math.max(0, -Math.floor(Math.log10((high - low) / 255)));
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
  tip.replaceChildren(...told(vertex).flatMap((line, i) =>
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

// What is chosen.

function fillMaps() {
  const options = ["validation", "test"].map((part) => {
    const group = document.createElement("optgroup");
    group.label = part === "test" ? "Test maps: trained network" : "Validation maps: every epoch";
    run().titles[part].forEach((title, index) =>
      group.append(new Option(`${part} ${index + 1}: ${title}`, `${part} ${index}`)));
    return group;
  });
  $("map").replaceChildren(...options);
  if (state.map >= run().titles[state.part].length) state.map = 0;
  $("map").value = `${state.part} ${state.map}`;
}

function fillEpochs(keep) {
  const choices = epochChoices();
  $("epoch").max = choices.length - 1;
  const at = choices.indexOf(keep);
  state.epoch = at >= 0 ? at : Math.max(0, choices.indexOf(run().best_epoch));
  $("epoch").value = state.epoch;
}

function tellEpoch() {
  const last = run().history.epoch.at(-1);
  const best = epochShown() === run().best_epoch ? " (best)" : "";
  $("which").textContent = `${epochShown()} of ${last}${best}`;
  for (const id of ["epoch", "play"]) $(id).disabled = isTest();
}

let wanted = 0;
async function chooseRun(number) {
  wanted = number;
  stopPlaying();
  const next = content.runs[number];
  const arrays = next.maps
    ? await Promise.all([arraysOf(`run${number}`), arraysOf(next.sphere)]) : null;
  if (wanted !== number) return; // another one was chosen meanwhile
  const keep = maps ? chosenEpoch() : next.best_epoch;
  state.run = number;
  fillEpochs(keep);
  for (const id of ["flat", "round"]) $(id).hidden = !next.maps;
  $("no-maps").hidden = next.maps;
  $("map").disabled = !next.maps;
  if (!next.maps) {
    state.part = "validation";
    tellEpoch();
    await drawCurves();
    return;
  }
  const before = sphere;
  [maps, sphere] = arrays;
  fillMaps();
  $("classes").replaceChildren(...classLegend());
  tellEpoch();
  drawMaps();
  await drawCurves();
  if (sphere !== before || !cells) await buildGlobe();
  await drawGlobe();
}

async function changed() {
  tellEpoch();
  if (run().maps) {
    drawMaps();
    drawGlobe();
  }
  await markEpoch();
}

let timer = null;
function stopPlaying() {
  clearInterval(timer);
  timer = null;
  $("play").textContent = "▶";
  $("play").setAttribute("aria-label", "Play the epochs");
}
function play() {
  if (timer) { stopPlaying(); return; }
  $("play").textContent = "❚❚";
  $("play").setAttribute("aria-label", "Pause");
  timer = setInterval(() => {
    state.epoch = (state.epoch + 1) % epochChoices().length;
    $("epoch").value = state.epoch;
    changed();
  }, 700);
}

function listen() {
  $("run").onchange = (event) => chooseRun(Number(event.target.value));
  $("map").onchange = async (event) => {
    const [part, index] = event.target.value.split(" ");
    Object.assign(state, { part, map: Number(index) });
    stopPlaying();
    $("classes").replaceChildren(...classLegend());
    await changed();
  };
  $("epoch").oninput = (event) => {
    stopPlaying();
    state.epoch = Number(event.target.value);
    changed();
  };
  $("play").onclick = play;
  $("show").onchange = (event) => { state.show = event.target.value; drawGlobe(); };
  $("nearer").onclick = () => zoom(1 / 1.25);
  $("farther").onclick = () => zoom(1.25);
  $("centre").onclick = () =>
    Plotly.relayout("globe", { "scene.camera": cameraAt(...eventPlace()) });
  for (const id of ["truth", "prediction"]) {
    const point = (event) => {
      const vertex = vertexUnder($(id), event);
      if (vertex === null) hideTip(); else showTip(vertex, event.clientX, event.clientY);
    };
    $(id).addEventListener("pointermove", point);
    $(id).addEventListener("pointerdown", point);
    $(id).addEventListener("pointerleave", hideTip);
  }
  let pointer = [0, 0];
  $("globe").addEventListener("pointermove", (event) => { pointer = [event.clientX, event.clientY]; },
    true);
  $("globe").on("plotly_hover", ({ points: [point] }) => {
    if (point.curveNumber === 0) showTip(nearestVertex(point.x, point.y, point.z), ...pointer);
  });
  $("globe").on("plotly_unhover", hideTip);
  $("globe").addEventListener("pointerleave", hideTip);
  $("curves").on("plotly_click", ({ points: [point] }) => {
    const at = epochChoices().indexOf(point.x);
    if (at < 0 || isTest()) return;
    stopPlaying();
    state.epoch = $("epoch").value = at;
    changed();
  });
  new ResizeObserver(() => {
    if (run().maps) requestAnimationFrame(drawMaps);
  }).observe($("flat"));
}

async function start() {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("this browser is too old: Chrome 80, Firefox 113 and Safari 16.4 can show it");
  }
  content.events.forEach(({ name }, event) =>
    $("show").append(new Option(`probability of ${name}`, event)));
  content.runs.forEach(({ name, maps: there }, number) =>
    $("run").append(new Option(there ? name : `${name} (curves only)`, number)));
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await inflate($("plotly")));
  document.head.append(script);
  earth = await arraysOf("earth");
  await chooseRun(0);
  listen();
  document.body.dataset.ready = "yes";
}

start().catch((error) => {
  $("failure").textContent = `The page cannot be shown: ${error.message}.`;
  $("failure").hidden = false;
  console.error(error);
});
