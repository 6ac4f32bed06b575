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
  const epoch = epochShown();
  const at = run().history.epoch.indexOf(epoch);
  const y = ["mean", ...content.events.map(({ name }) => name)].map((name) => {
    const value = run().history[name][at];
    return value == null ? null : 100 * value;
  });
  await Plotly.update("curves", { x: [y.map(() => epoch)], y: [y] },
    { "shapes[0].x0": epoch, "shapes[0].x1": epoch }, [content.events.length + 2]);
}
