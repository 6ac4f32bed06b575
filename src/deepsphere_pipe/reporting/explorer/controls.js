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

function labelEpoch() {
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
    labelEpoch();
    await drawCurves();
    return;
  }
  const before = sphere;
  [maps, sphere] = arrays;
  fillMaps();
  $("classes").replaceChildren(...classLegend());
  labelEpoch();
  drawMaps();
  await drawCurves();
  if (sphere !== before || !cells) await buildGlobe();
  await drawGlobe();
}

async function changed() {
  labelEpoch();
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
