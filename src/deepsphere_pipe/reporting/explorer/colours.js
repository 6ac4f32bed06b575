// Colours: every vertex gets a number from 0 to 255, and a palette gives it a colour.

// Numbers of classes lie amid a band of their colour, as the globe blends a number with the next.
const LAST_SHADE = 200, BAND = 11, WITHOUT_LABEL = 250;
const numberOf = (event) => LAST_SHADE + BAND * (event + 1);

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
    else shades[i] = (grey[i] * LAST_SHADE) / SHADES;
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
