// A rule as a form: groups of conditions, for those who do not type. It reads and writes the JSON form.
(() => {
  const rules = (window.regularsRules ??= {});
  const { element } = rules;
  const UNITS = ["d", "w", "m", "y"];

  // --- JSON to state and back ------------------------------------------------------------------------------
  // a state is {kind: "group", all, parts, not} or {kind: "field" | "behaviour" | "segment", …, not}
  const readNode = (node) => {
    if (node.not !== undefined) {
      const inner = readNode(node.not);
      return inner.not ? { kind: "group", all: true, not: true, parts: [inner] } : { ...inner, not: true };
    }
    if (node.all || node.any) return { kind: "group", all: Boolean(node.all), not: false, parts: (node.all ?? node.any).map(readNode) };
    if (node.segment !== undefined) return { kind: "segment", key: node.segment, not: false };
    if (node.behaviour) return { kind: "behaviour", name: node.behaviour, not: false, with: Object.entries(node.with ?? {}) };
    return { kind: "field", name: node.field, op: node.op, values: node.values ?? [], not: false };
  };
  rules.readRule = (rule) => {
    const state = readNode(rule.where);
    return state.kind === "group" && !state.not ? state : { kind: "group", all: true, not: false, parts: [state] };
  };

  const writeNode = (state) => {
    let node;
    if (state.kind === "group") {
      const parts = state.parts.map(writeNode).filter(Boolean);
      if (!parts.length) return null;
      node = parts.length === 1 ? parts[0] : { [state.all ? "all" : "any"]: parts };
    } else if (state.kind === "segment") node = { segment: state.key };
    else if (state.kind === "behaviour") node = { behaviour: state.name, with: Object.fromEntries(state.with) };
    else node = { field: state.name, op: state.op, values: state.values };
    return state.not ? { not: node } : node;
  };
  rules.writeRule = (state) => {
    const where = writeNode(state);
    return where ? { version: 1, where } : null;
  };

  const isComplete = (state) => {
    const filled = (value) => value !== "" && value !== null && value !== undefined;
    if (state.kind === "group") return state.parts.every(isComplete);
    if (state.kind === "segment") return filled(state.key);
    if (state.kind === "behaviour") return state.with.every(([, value]) => filled(value));
    return state.values.every(filled) && (state.values.length > 0 || /^is /.test(state.op));
  };
  rules.isComplete = isComplete;

  // --- drawing -----------------------------------------------------------------------------------------------
  rules.buildForm = (box, language, words, changed) => {
    let root = { kind: "group", all: true, not: false, parts: [] };

    const redraw = (focus) => {
      box.replaceChildren(drawGroup(root, null));
      if (focus) box.querySelector(focus)?.focus();
    };
    const change = (andRedraw) => {
      if (andRedraw) redraw();
      changed(root);
    };

    const select = (label, value, options, onChange) => {
      const made = element("select", { className: "rg-input" });
      made.setAttribute("aria-label", label);
      for (const option of options) {
        const [key, text, group] = Array.isArray(option) ? option : [option, option];
        const item = element("option", { value: key, textContent: text, selected: key === value });
        let parent = made;
        if (group) {
          parent = [...made.children].find((one) => one.label === group);
          if (!parent) { parent = element("optgroup", { label: group }); made.append(parent); }
        }
        parent.append(item);
      }
      if (![...made.options].some((option) => option.value === value)) made.prepend(element("option", { value: value ?? "", textContent: value || "…", selected: true }));
      made.addEventListener("change", () => onChange(made.value));
      return made;
    };
    const input = (label, type, value, onChange, more = {}) => {
      const made = element("input", { className: "rg-input", type, value: value ?? "", ...more });
      made.setAttribute("aria-label", label);
      if (more.list) made.setAttribute("list", more.list);
      made.addEventListener("change", () => onChange(made.value));
      return made;
    };
    const button = (text, icon, onClick, className = "rg-button") => {
      const made = element("button", { type: "button", className, title: text }, element("span", { className: "material-symbols-outlined", textContent: icon, ariaHidden: "true" }));
      if (className === "rg-button") made.append(text);
      else made.setAttribute("aria-label", text);
      made.addEventListener("click", onClick);
      return made;
    };

    const firstField = () => {
      const field = language.fields.find((one) => one.name === "tier") ?? language.fields[0];
      return { kind: "field", name: field.name, op: field.operators[0], values: defaultValues(field, field.operators[0]), not: false };
    };

    const drawGroup = (group, parent) => {
      const parts = element("div", { className: "rg-rule-parts" }, ...group.parts.map((part) => drawPart(part, group)));
      const kind = select(words.group, group.all ? "all" : "any", [["all", words.all], ["any", words.any]], (value) => { group.all = value === "all"; change(); });
      const head = element("div", { className: "rg-rule-head" });
      if (parent) head.append(drawNot(group));
      head.append(kind);
      if (parent) head.append(removal(group, parent));
      const foot = element(
        "div", { className: "rg-rule-foot" },
        button(words.addCondition, "add", () => { group.parts.push(firstField()); change(true); }),
        button(words.addBehaviour, "shopping_cart", () => { group.parts.push({ kind: "behaviour", name: "bought", with: [["within", { relative: "30d" }]], not: false }); change(true); }),
        button(words.addGroup, "account_tree", () => { group.parts.push({ kind: "group", all: false, not: false, parts: [firstField()] }); change(true); }),
      );
      const made = element("fieldset", { className: "rg-rule-group" }, element("legend", { className: "rg-hidden", textContent: words.group }), head, parts, foot);
      return made;
    };

    const drawNot = (state) => select(words.negation, state.not ? "not" : "is", [["is", words.holds], ["not", words.not]], (value) => { state.not = value === "not"; change(); });
    const removal = (state, parent) => button(words.remove, "close", () => { parent.parts.splice(parent.parts.indexOf(state), 1); change(true); }, "rg-icon");

    const subjects = () => [
      ...language.behaviours.map((one) => [`behaviour:${one.name}`, one.title, words.did]),
      ...(language.segments.length ? [["segment:", words.segment, words.did]] : []),
      ...language.fields.map((field) => [`field:${field.name}`, titled(field), words.is]),
    ];
    const titled = (field) => (language.fields.filter((one) => one.title === field.title).length > 1 ? `${field.title} (${field.name})` : field.title);

    const subject = (state) => {
      const value = state.kind === "segment" ? "segment:" : `${state.kind}:${state.name}`;
      return select(words.what, value, subjects(), (chosen) => {
        const [kind, name] = chosen.split(/:(.*)/s);
        for (const key of ["name", "op", "values", "with", "key"]) delete state[key];
        state.kind = kind;
        if (kind === "segment") state.key = language.segments[0].value;
        else if (kind === "behaviour") Object.assign(state, { name, with: [["within", { relative: "30d" }]] });
        else {
          const field = fieldOf(name);
          Object.assign(state, { name, op: field.operators[0], values: defaultValues(field, field.operators[0]) });
        }
        change(true);
      });
    };

    const fieldOf = (name) => language.fields.find((field) => field.name === name);

    const drawPart = (state, parent) => {
      if (state.kind === "group") return drawGroup(state, parent);
      const row = element("div", { className: "rg-rule-row" }, drawNot(state), subject(state));
      if (state.kind === "segment") row.append(select(words.segment, state.key, language.segments.map((one) => [one.value, one.label]), (value) => { state.key = value; change(); }));
      else if (state.kind === "behaviour") row.append(...drawBehaviour(state));
      else row.append(...drawField(state));
      row.append(removal(state, parent));
      return row;
    };

    // --- fields
    const drawField = (state) => {
      const field = fieldOf(state.name);
      if (!field) return [element("code", { textContent: `${state.name} ${state.op}` })];
      const ops = field.operators.map((op) => [op, words.operators[op] ?? op]);
      const operator = select(words.compared, state.op, ops, (op) => { state.op = op; state.values = defaultValues(field, op); change(true); });
      return [operator, ...drawValues(state, field)];
    };

    const defaultValues = (field, op) => {
      if (/^is /.test(op)) return [];
      if (/^in (next|last)/.test(op)) return [{ relative: "7d" }];
      const one = { boolean: true, day: { relative: "-30d" }, moment: { relative: "-30d" }, integer: 1, decimal: 1 }[field.type] ?? field.choices[0]?.value ?? "";
      if (op !== "between") return [one];
      return one.relative ? [{ relative: "-60d" }, one] : [one, 10];
    };

    const drawValues = (state, field) => {
      if (/^is /.test(state.op)) return [];
      if (field.choices.length && /in$/.test(state.op)) return [drawSeveral(state, field)];
      if (/in$/.test(state.op)) return [drawList(state, field)];
      return state.values.flatMap((value, index) => [
        ...(index ? [element("span", { textContent: words.and })] : []),
        drawValue(value, field, state.op, (changedTo) => { state.values[index] = changedTo; change(); }),
      ]);
    };

    const drawSeveral = (state, field) => {
      const made = element("span", { className: "rg-rule-several" });
      made.setAttribute("role", "group");
      made.setAttribute("aria-label", field.title);
      for (const one of field.choices) {
        const box = element("input", { type: "checkbox", checked: state.values.includes(one.value) });
        box.addEventListener("change", () => {
          state.values = box.checked ? [...state.values, one.value] : state.values.filter((value) => value !== one.value);
          change();
        });
        made.append(element("label", {}, box, one.label));
      }
      return made;
    };

    const drawList = (state, field) => {
      const isNumber = ["integer", "decimal"].includes(field.type);
      const isDay = ["day", "moment"].includes(field.type);
      const shown = state.values.map((value) => value.decimal ?? value.date ?? value.relative ?? value).join(", ");
      return input(words.list, "text", shown, (text) => {
        const parts = text.split(/[,，、]/).map((part) => part.trim()).filter(Boolean);
        state.values = parts.map((part) => (isNumber ? number(part) : isDay ? (/^\d{4}-/.test(part) ? { date: part } : { relative: part }) : part));
        change();
      });
    };

    const number = (text) => (text === "" ? "" : /^-?\d+$/.test(text) ? Number(text) : { decimal: text });

    const drawValue = (value, field, op, set) => {
      if (/^in (next|last)/.test(op)) return drawSpan(value, set);
      if (field.choices.length) return select(field.title, value, field.choices.map((one) => [one.value, one.label]), set);
      switch (field.type) {
        case "boolean": return select(field.title, String(value), [["true", words.yes], ["false", words.no]], (text) => set(text === "true"));
        case "integer": case "decimal": return drawNumber(field.title, value, field.unit, set);
        case "day": case "moment": return drawDay(value, set);
        default: return input(field.title, "text", value, set);
      }
    };

    const drawNumber = (label, value, unit, set) => {
      const made = input(label, "number", value?.decimal ?? value, (text) => set(number(text)), { step: "any", className: "rg-input rg-rule-number" });
      return unit ? element("span", { className: "rg-rule-with" }, made, element("small", { textContent: unit })) : made;
    };

    // a length of time: 60d
    const drawSpan = (value, set) => {
      const [, amount, unit] = /^[+-]?(\d+)([dwmy])$/.exec(value?.relative ?? "30d") ?? [null, "30", "d"];
      const now = { amount, unit };
      const tell = () => set({ relative: `${now.amount || 0}${now.unit}` });
      return element(
        "span", { className: "rg-rule-with" },
        input(words.howLong, "number", amount, (text) => { now.amount = text; tell(); }, { min: 0, className: "rg-input rg-rule-number" }),
        select(words.unit, unit, UNITS.map((one) => [one, words.units[one]]), (one) => { now.unit = one; tell(); }),
      );
    };

    // a day: of the calendar, or counted from today
    const drawDay = (value, set) => {
      const relative = /^([+-]?)(\d+)([dwmy])$/.exec(value?.relative ?? "");
      const now = { kind: value?.date ? "date" : relative?.[1] === "-" || Number(relative?.[2]) === 0 ? "ago" : "ahead", span: value?.relative ?? "-30d", date: value?.date ?? "" };
      const made = element("span", { className: "rg-rule-with" });
      const tell = () => set(now.kind === "date" ? (now.date ? { date: now.date } : "") : { relative: now.span });
      const draw = () => {
        const kind = select(words.day, now.kind, [["ago", words.ago], ["ahead", words.ahead], ["date", words.date]], (chosen) => {
          now.kind = chosen;
          const amount = now.span.replace(/^[+-]/, "");
          now.span = chosen === "ago" && !amount.startsWith("0") ? `-${amount}` : amount;
          draw();
          tell();
        });
        if (now.kind === "date") made.replaceChildren(input(words.date, "date", now.date, (text) => { now.date = text; tell(); }), kind);
        else made.replaceChildren(drawSpan({ relative: now.span }, (span) => { now.span = now.kind === "ago" && !span.relative.startsWith("0") ? `-${span.relative}` : span.relative; tell(); }), kind);
      };
      draw();
      return made;
    };

    // --- behaviours
    const drawBehaviour = (state) => {
      const behaviour = language.behaviours.find((one) => one.name === state.name);
      if (!behaviour) return [element("code", { textContent: state.name })];
      const given = new Set(state.with.map(([name]) => name));
      const free = behaviour.arguments.filter((one) => !given.has(one.name));
      const rows = state.with.map((pair) => {
        const argument = behaviour.arguments.find((one) => one.name === pair[0]);
        const set = (value) => { pair[1] = value; change(); };
        return element(
          "span", { className: "rg-rule-argument" },
          element("span", { textContent: argument?.title ?? pair[0] }),
          argument ? drawArgument(argument, pair[1], set) : "",
          button(words.remove, "close", () => { state.with = state.with.filter((one) => one !== pair); change(true); }, "rg-icon"),
        );
      });
      const more = select(words.detail, "", [["", words.detail], ...free.map((one) => [one.name, one.title])], (name) => {
        const argument = free.find((one) => one.name === name);
        if (argument) state.with.push([name, argumentDefault(argument)]);
        change(true);
      });
      return [...rows, more];
    };

    const argumentDefault = (argument) => {
      const first = { span: { relative: "30d" }, day: { relative: "-30d" }, number: 1, amount: 100, channel: language.channels[0]?.value, store: language.stores[0]?.value };
      return first[argument.kind] ?? language[{ category: "categories", brand: "brands" }[argument.kind]]?.[0] ?? "";
    };

    const drawArgument = (argument, value, set) => {
      switch (argument.kind) {
        case "span": return drawSpan(value, set);
        case "day": return drawDay(value, set);
        case "number": case "amount": return drawNumber(argument.title, value, "", set);
        case "channel": case "store": return select(argument.title, value, language[`${argument.kind}s`].map((one) => [one.value, one.label]), set);
        case "category": case "brand": {
          const names = language[argument.kind === "brand" ? "brands" : "categories"];
          return names.length <= 200 ? select(argument.title, value, names, set) : input(argument.title, "text", value, set, { list: nameList(argument.kind, names) });
        }
        default: return input(argument.title, "text", value, set);
      }
    };

    const nameList = (kind, names) => {
      const id = `rg-names-${kind}`;
      if (!document.getElementById(id)) document.body.append(element("datalist", { id }, ...names.map((name) => element("option", { value: name }))));
      return id;
    };

    return { show: (rule) => { root = rule ? rules.readRule(rule) : { kind: "group", all: true, not: false, parts: [firstField()] }; redraw(); } };
  };
})();
