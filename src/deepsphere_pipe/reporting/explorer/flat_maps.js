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
