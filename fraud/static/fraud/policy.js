// The policy's sliders: each change asks what the setting would have cost, and draws the curve.
(() => {
  const WAIT_MS = 200;
  const form = document.getElementById("policy");
  if (!form) return;
  const curve = document.getElementById("curve");
  const problem = document.getElementById("policy-problem");
  const number = new Intl.NumberFormat(document.documentElement.lang || "en", { maximumFractionDigits: 2 });

  const draw = (name, attributes, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    curve.append(element);
  };

  const drawCurve = (points, figures) => {
    curve.replaceChildren();
    const all = [...points, figures];
    const most = { x: Math.max(...all.map((one) => one.reviews_per_day), 0.1), y: Math.max(...all.map((one) => one.cost_per_day), 0.1) };
    const x = (one) => 40 + (350 * one.reviews_per_day) / most.x;
    const y = (one) => 140 - (125 * one.cost_per_day) / most.y;
    draw("line", { x1: 40, y1: 140, x2: 395, y2: 140 });
    draw("line", { x1: 40, y1: 10, x2: 40, y2: 140 });
    draw("polyline", { points: points.map((one) => `${x(one)},${y(one)}`).join(" ") });
    draw("circle", { cx: x(figures), cy: y(figures), r: 5 });
    draw("text", { x: 2, y: 18 }, number.format(most.y));
    draw("text", { x: 360, y: 155 }, number.format(most.x));
  };

  const show = ({ figures, curve: points }) => {
    for (const cell of document.querySelectorAll("[data-figure]")) cell.textContent = number.format(figures[cell.dataset.figure]);
    drawCurve(points, figures);
  };

  let timer, asking;
  const ask = async () => {
    asking?.abort(); // an older question is no longer of interest
    asking = new AbortController();
    const chosen = new URLSearchParams(new FormData(form));
    chosen.delete("csrfmiddlewaretoken");
    try {
      const answer = await fetch(`${form.dataset.simulateUrl}?${chosen}`, { signal: asking.signal });
      problem.hidden = answer.ok;
      if (answer.ok) show(await answer.json());
      else problem.textContent = form.dataset.failed;
    } catch (error) {
      if (error.name !== "AbortError") problem.hidden = false;
    }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); };

  for (const slider of form.querySelectorAll("input[type=range]")) {
    const field = document.getElementById(slider.dataset.for);
    if (field.value) slider.value = field.value;
    slider.addEventListener("input", () => { field.value = slider.value; });
    field.addEventListener("input", () => { slider.value = field.value; });
  }
  form.addEventListener("input", later);
  ask();
})();
