// What a preview shows, and the choices that it offers. Every choice asks for the preview anew.
window.regularsPreview = (() => {
  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children.filter((child) => child !== null));
    return made;
  };
  const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);
  const byId = (id) => document.getElementById(id);
  const show = (box, text) => { box.textContent = text; box.hidden = !text; };

  const option = (value, text, chosen) => element("option", { value, textContent: text, selected: value === chosen });

  const select = (label, options, chosen, onChange) => {
    const made = element("select", { className: "rg-input", ariaLabel: label }, ...options.map(([value, text]) => option(value, text, chosen)));
    made.addEventListener("change", () => onChange(made.value));
    return made;
  };

  const table = (heads, rows, name) =>
    element(
      "table", { className: `rg-table ${name}` },
      element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { textContent: text, scope: "col" })))),
      element("tbody", {}, ...rows),
    );

  const create = (words, onChange) => {
    let options = {};

    const change = (changes) => {
      options = { ...options, ...changes };
      onChange(options);
    };

    // --- the first rows ----------------------------------------------------------------------------------
    const cell = ({ read, written } = { read: "", written: "" }) => {
      const differs = written && written !== read;
      return element(
        "td", { className: differs ? "rg-changed" : "" },
        element("span", { textContent: read || (differs ? "–" : "") }),
        differs ? element("small", { textContent: filled(words.written, { text: written }) }) : null,
      );
    };

    const row = (one, shown) => {
      const colour = { taken: "rg-green", rejected: "rg-red", left_out: "" }[one.outcome];
      return element(
        "tr", { className: `rg-${one.outcome}` },
        element("td", { className: "rg-number", textContent: one.number }),
        element(
          "td", { className: "rg-reasons" },
          element("span", { className: `rg-badge ${colour}`, textContent: words[one.outcome] }),
          ...one.reasons.map((text) => element("small", { textContent: text })),
        ),
        ...shown.map(({ name }) => cell(one.cells[name])),
      );
    };

    const showRows = (result) => {
      const heads = [words.row, words.outcome, ...result.shown.map((one) => one.label)];
      const parts = result.rows.length
        ? [element("h3", { textContent: words.first_rows }), element("div", { className: "rg-scroll" }, table(heads, result.rows.map((one) => row(one, result.shown)), "rg-preview"))]
        : [element("p", { className: "rg-faint", textContent: result.problem ? "" : words.no_rows })];
      byId("rows").replaceChildren(...parts);
    };

    // --- columns and words -------------------------------------------------------------------------------
    const mapped = (heading, field) => {
      const others = options.mapping.filter((pair) => pair.theirs !== heading && (field === "" || pair.ours !== field));
      const own = [{ theirs: heading, ours: "-" }];
      if (field) own.push({ theirs: heading, ours: field });
      change({ mapping: [...others, ...own] });
    };

    const showColumns = (result) => {
      const labels = new Map(result.choices.map((one) => [one.name, one.label]));
      const choices = [["", words.not_used], ...result.choices.map((one) => [one.name, one.label])];
      const rows = result.columns.map((column) => {
        const [first = "", ...others] = column.fields;
        const also = others.length ? filled(words.also, { names: others.map((name) => labels.get(name) ?? name).join(", ") }) : "";
        return element(
          "tr", { className: first ? "" : "rg-unused" },
          element("td", { textContent: column.heading }),
          element("td", { className: "rg-faint", textContent: column.examples.join(" · ") }),
          element("td", {}, select(column.heading, choices, first, (field) => mapped(column.heading, field)), also ? element("small", { textContent: also }) : null),
        );
      });
      const used = result.columns.filter((column) => column.fields.length).length;
      const box = byId("columns");
      box.querySelector("summary").textContent = filled(words.columns_used, { used, all: result.columns.length });
      box.querySelector("div").replaceChildren(table([words.column, words.examples, words.read_as], rows, "rg-columns"));
      box.hidden = !result.columns.length;
      if (result.missing.length) box.open = true;
    };

    const meant = (field, theirs, ours) => {
      const others = options.values.filter((one) => one.field !== field || one.theirs !== theirs);
      change({ values: ours ? [...others, { field, theirs, ours }] : others });
    };

    const showWords = (result) => {
      byId("words").replaceChildren(...result.words.filter((one) => one.words.length).map((one) => {
        const choices = one.choices.map((choice) => [choice.name, choice.label]);
        const rows = one.words.map((word) =>
          element(
            "tr", { className: word.ours ? "" : "rg-unused" },
            element("td", { textContent: word.theirs }),
            element("td", { textContent: word.count.toLocaleString() }),
            element("td", {}, select(word.theirs, word.ours ? choices : [["", words.unknown_word], ...choices], word.ours, (ours) => meant(one.field, word.theirs, ours))),
          ));
        const open = one.words.some((word) => !word.ours);
        return element(
          "details", { open },
          element("summary", { textContent: filled(words.words_of, { name: one.label }) }),
          element("div", { className: "rg-scroll" }, table([words.word, words.rows, words.means], rows, "rg-columns")),
        );
      }));
    };

    // --- choices about the file --------------------------------------------------------------------------
    const showChoices = (result) => {
      byId("kind").replaceChildren(...(result.kind ? [] : [option("", "–", "")]), ...result.kinds.map((one) => option(one.name, one.label, result.kind)));
      byId("preset").replaceChildren(
        option("", words.told, options.preset ?? ""),
        ...result.presets.map((one) => option(one.name, one.label, options.preset ?? "")),
        option("spreadsheet", words.no_system, options.preset ?? ""),
      );
      for (const name of ["date_order", "encoding", "unknown", "changed"]) byId(name).value = options[name] ?? "";
      for (const box of document.querySelectorAll("[data-only]")) box.hidden = box.dataset.only !== result.kind;
    };

    byId("kind").addEventListener("change", ({ target }) => change({ kind: target.value, preset: null, mapping: [], values: [] }));
    byId("preset").addEventListener("change", ({ target }) => change({ preset: target.value || null, mapping: [] }));
    for (const name of ["date_order", "encoding", "unknown", "changed"]) {
      byId(name).addEventListener("change", ({ target }) => change({ [name]: target.value || null }));
    }

    const render = (result) => {
      options = result.options;
      show(byId("recognised"), result.recognised ? filled(words.looks_like, { what: result.recognised }) : words.looks_plain);
      show(byId("saved"), result.saved ? filled(words.saved, { name: result.saved.name }) : "");
      show(byId("problem"), result.problem);
      show(byId("only-head"), result.is_whole ? "" : words.only_head);
      byId("unclear-days").hidden = !result.unclear_days;
      showChoices(result);
      showRows(result);
      showColumns(result);
      showWords(result);
      for (const name of ["check", "import"]) byId(name).disabled = Boolean(result.problem);
    };

    return { render, options: () => options };
  };

  return { create, element, filled, show };
})();
