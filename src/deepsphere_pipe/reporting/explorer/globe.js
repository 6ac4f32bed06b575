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
