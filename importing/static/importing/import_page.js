// The page "Import a file": upload, recognise, look, choose, then check or import.
document.addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("import-page");
  if (!page) return;
  const words = JSON.parse(page.dataset.words);
  const begin = JSON.parse(page.dataset.begin);
  const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
  const server = window.regularsUploads.create(page.dataset.api, token);
  const { element, filled, show } = window.regularsPreview;
  const byId = (id) => document.getElementById(id);
  const uploads = new Map(); // id -> its row in the list
  let chosen = []; // ids of the files that the preview shows
  let isPicked = false; // whether staff chose them: then files that come later leave them alone
  let groups = [];
  let asking = 0;
  let forget = null; // the id of the saved mapping that was taken
  let namedFor = ""; // the chosen files whose choices staff gave a name themselves

  const messageOf = (error) => (error.status || error.final ? error.message : words.failed);
  const bytes = (size) => {
    const [unit, by] = size < 1e6 ? ["kB", 1e3] : size < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
    return `${(size / by).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${unit}`;
  };

  // --- the list of files -----------------------------------------------------------------------------------
  const lineOf = (upload) => {
    if (uploads.has(upload.id)) return uploads.get(upload.id);
    const remove = element("button", { type: "button", className: "rg-button", textContent: words.remove });
    const state = element("span", { className: "rg-faint" });
    const bar = element("i");
    const line = element(
      "li", {},
      element("span", {}, element("b", { textContent: upload.name }), " ", element("span", { className: "rg-faint", textContent: bytes(upload.size) }), element("div", { className: "rg-bar" }, bar), state),
      remove,
    );
    remove.addEventListener("click", async () => {
      try {
        await server.json(`uploads/${upload.id}/`, "DELETE");
      } catch (error) {
        show(byId("upload-problem"), messageOf(error));
        return;
      }
      line.remove();
      uploads.delete(upload.id);
      await showGroups();
    });
    byId("uploads").append(line);
    const entry = { line, state, bar };
    uploads.set(upload.id, entry);
    return entry;
  };

  const showUpload = (upload, text) => {
    const { state, bar } = lineOf(upload);
    bar.style.width = `${(100 * upload.received) / upload.size}%`;
    state.textContent = text;
  };

  const percent = (upload) => `${Math.floor((100 * upload.received) / upload.size)} %`;
  const stopped = (upload) => filled(words.stopped, { percent: percent(upload) });

  const left = (upload, since, before) => {
    const seconds = ((upload.size - upload.received) * (Date.now() - since)) / 1000 / Math.max(upload.received - before, 1);
    return seconds < 90 ? filled(words.left_seconds, { n: Math.ceil(seconds) }) : filled(words.left_minutes, { n: Math.ceil(seconds / 60) });
  };

  const send = async (file) => {
    const since = Date.now();
    let before = null;
    let last = null;
    try {
      const upload = await server.send(file, {
        show: (now) => {
          before ??= now.received;
          last = now;
          const text = now.received > before ? filled(words.sending, { percent: percent(now), left: left(now, since, before) }) : words.waiting;
          showUpload(now, now.state === "complete" ? words.complete : text);
        },
        pause: (now) => showUpload(now, words.retrying),
      });
      showUpload(upload, words.complete);
    } catch (error) {
      if (last) showUpload(last, stopped(last));
      show(byId("upload-problem"), messageOf(error));
    }
  };

  const take = async (files) => {
    await opened;
    show(byId("upload-problem"), "");
    for (const file of files) await send(file); // one after the other: each has the whole line
    await showGroups();
  };

  // --- which files are imported together ---------------------------------------------------------------------
  const namesOf = (group) => group.uploads.map((upload) => upload.name).join(" + ");
  const idsOf = (group) => group.uploads.map((upload) => upload.id);

  const showGroups = async () => {
    groups = await server.json("groups/");
    byId("groups-card").hidden = !groups.length;
    byId("groups").replaceChildren(...groups.map((group) => {
      const tab = element(
        "button", { type: "button", className: "rg-group", role: "tab" },
        element("b", { textContent: namesOf(group) }),
        element("small", { textContent: group.recognised || group.label || words.unknown_file }),
      );
      tab.setAttribute("aria-selected", String(idsOf(group).join() === chosen.join()));
      tab.addEventListener("click", () => pick(idsOf(group)));
      return tab;
    }));
    const known = new Set(groups.flatMap(idsOf));
    if (!isPicked || chosen.some((id) => !known.has(id))) {
      isPicked = false;
      const first = groups.length ? idsOf(groups[0]) : [];
      byId("preview").hidden = !first.length;
      if (first.length && first.join() !== chosen.join()) await look(first);
      chosen = first;
    }
    showTogether();
  };

  const showTogether = () => {
    const others = groups.flatMap((group) => group.uploads);
    const box = byId("together");
    box.hidden = others.length < 2;
    box.replaceChildren(element("legend", { textContent: words.together }), ...others.map((upload) => {
      const tick = element("input", { type: "checkbox", checked: chosen.includes(upload.id) });
      tick.addEventListener("change", () => {
        const ids = tick.checked ? [...chosen, upload.id] : chosen.filter((id) => id !== upload.id);
        if (ids.length) pick(ids);
        else tick.checked = true;
      });
      return element("label", { className: "rg-inline" }, tick, ` ${upload.name}`);
    }));
  };

  // --- the preview ----------------------------------------------------------------------------------------
  const BUSY_TRIES = 10;
  const BUSY_WAIT_MS = 3000;

  // a long import may keep the database to itself for some seconds
  const patiently = async (ask, tries = BUSY_TRIES) => {
    try {
      return await ask();
    } catch (error) {
      if (error.status !== 503 || !tries) throw error;
      await new Promise((done) => { setTimeout(done, BUSY_WAIT_MS); });
      return patiently(ask, tries - 1);
    }
  };

  const look = async (ids, options = {}) => {
    chosen = ids;
    const mine = (asking += 1);
    byId("preview").hidden = false;
    byId("preview").setAttribute("aria-busy", "true");
    for (const [at, tab] of [...byId("groups").children].entries()) tab.setAttribute("aria-selected", String(idsOf(groups[at]).join() === ids.join()));
    showTogether();
    try {
      const result = await patiently(() => server.json("preview/", "POST", { ...options, uploads: ids }));
      if (mine !== asking) return;
      preview.render(result);
      const name = groups.flatMap((group) => group.uploads).find((upload) => upload.id === ids[0])?.name ?? "";
      forget = result.saved?.id ?? null;
      byId("forget").hidden = !forget;
      if (namedFor !== ids.join()) byId("save_as").value = result.saved?.name ?? (result.recognised || name).slice(0, 80);
    } catch (error) {
      if (mine === asking) show(byId("problem"), messageOf(error));
    } finally {
      if (mine === asking) byId("preview").removeAttribute("aria-busy");
    }
  };
  const pick = (ids, options) => {
    isPicked = true;
    return look(ids, options);
  };
  const preview = window.regularsPreview.create(words, (options) => pick(chosen, options));

  byId("save_as").addEventListener("input", () => { namedFor = chosen.join(); });
  byId("forget").addEventListener("click", async () => {
    await server.json(`mappings/${forget}/`, "DELETE").catch(() => null); // gone already is as good
    await look(chosen);
  });

  const start = async (dryRun) => {
    show(byId("start-problem"), "");
    for (const name of ["check", "import"]) byId(name).disabled = true;
    try {
      const saveAs = byId("save").checked ? byId("save_as").value.trim() : "";
      const report = await server.json("", "POST", { ...preview.options(), uploads: chosen, dry_run: dryRun, save_as: saveAs });
      window.location.assign(page.dataset.pages.replace(/new\/$/, `${report.id}/`));
    } catch (error) {
      show(byId("start-problem"), messageOf(error));
      for (const name of ["check", "import"]) byId(name).disabled = false;
    }
  };
  byId("check").addEventListener("click", () => start(true));
  byId("import").addEventListener("click", () => start(false));

  // --- the drop zone ----------------------------------------------------------------------------------------
  const drop = byId("drop");
  // Unfold looks for a text field beside each file input that does not say it has a listener
  const input = element("input", { type: "file", id: "files", multiple: true, hasChangeListener: true });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    take(files);
  });
  drop.append(input);
  for (const name of ["dragover", "dragenter"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("rg-over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("rg-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });

  const open = async () => {
    try {
      const { results } = await server.json("uploads/?page_size=200");
      for (const upload of results.reverse()) showUpload(upload, upload.state === "complete" ? words.complete : stopped(upload));
      if (begin.uploads?.length) await pick(begin.uploads, begin.options);
      await showGroups();
    } catch (error) {
      show(byId("upload-problem"), messageOf(error));
    }
  };
  const opened = open();
});
