// What the page holds and what is chosen.

const content = JSON.parse(document.getElementById("content").textContent);
const $ = (id) => document.getElementById(id);
const { DEGREE, UNIT, BREAK, CERTAIN, SHADES, UNLABELLED } = content.codes;
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

/** Test maps were predicted once only. */
const epochIndex = () => (isTest() ? 0 : state.epoch);
const truth = () => values("truth", state.map);
const predicted = () => values("predicted", epochIndex(), state.map);
const field = () => values("field", state.map);
const probability = (event) => values("probability", epochIndex(), state.map, event);

/** Longitude and latitude of a vertex in degrees. */
const positionOf = (vertex) =>
  [sphere.position[2 * vertex] / DEGREE, sphere.position[2 * vertex + 1] / DEGREE];

const fieldName = () => run().field.meaning.replace(/ \(.*?\)/g, "");
const fieldUnits = () =>
  run().field.units.replace(/-(\d)/g, (_, digit) => `⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]}`);
