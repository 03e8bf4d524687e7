// Asks once a second how far the set-up is and shows it; a server that is restarting is simply asked again.
const main = document.querySelector("main");
const list = document.getElementById("phases");

function row(phase) {
  let item = list.querySelector(`[data-key="${phase.key}"]`);
  if (!item) {
    item = document.createElement("li");
    item.dataset.key = phase.key;
    for (const [tag, name] of [["span", "title"], ["span", "status"], ["progress", ""], ["small", "note"]]) {
      const part = document.createElement(tag);
      if (name) part.className = name;
      item.append(part);
    }
    item.querySelector("progress").max = 100;
    item.querySelector("progress").setAttribute("aria-label", phase.title);
    list.append(item);
  }
  return item;
}

function show(setup) {
  document.getElementById("whole").value = setup.percent;
  document.getElementById("percent").textContent = `${setup.percent} %`;
  for (const phase of setup.phases) {
    const item = row(phase);
    item.className = phase.status;
    item.querySelector(".title").textContent = phase.title;
    const time = phase.seconds ? ` · ${phase.seconds} s` : "";
    item.querySelector(".status").textContent = phase.status_text + time;
    item.querySelector("progress").value = phase.percent;
    item.querySelector(".note").textContent = phase.note;
  }
  document.getElementById("failed").hidden = !setup.failed;
  document.getElementById("done").hidden = !setup.open;
  document.getElementById("later").hidden = !setup.open || setup.complete;
}

async function poll() {
  let complete = false;
  try {
    const answer = await fetch(main.dataset.poll, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const setup = await answer.json();
      show(setup);
      complete = setup.complete;
    }
  } catch {
    // not there just now
  }
  if (!complete) setTimeout(poll, 1000);
}

poll();
