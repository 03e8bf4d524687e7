// The rule editor: asks the API while staff type or fill in the form, and shows what is wrong, or who fits.
(() => {
  const rules = window.regularsRules;
  const { element } = rules;
  const WAIT_MS = 400;

  const line = (text, name = "") => element("p", { textContent: text, className: name });

  const attach = (area, language) => {
    const words = JSON.parse(area.dataset.words);
    const ticket = crypto.randomUUID?.() ?? String(Math.random());
    const box = element("div", { className: "rg-rule-answer" });
    box.setAttribute("aria-live", "polite");
    const painted = rules.decorate(area, language);
    const frame = area.parentElement;
    const form = element("div", { className: "rg-rule-form", hidden: true });
    frame.after(form);
    form.after(box);
    let known = null; // the JSON of the text, as the server read it
    let timer;
    let asking;

    const post = async (url, data, signal) => {
      const answer = await fetch(url, {
        method: "POST",
        signal,
        headers: { "Content-Type": "application/json", "X-CSRFToken": area.form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify(data),
      });
      return { status: answer.status, data: await answer.json() };
    };

    const mistake = (problem) => {
      const place = problem.line ? `${problem.line}:${problem.column} ` : "";
      const hint = problem.suggestion ? ` → ${problem.suggestion}` : "";
      const made = element("button", { type: "button", className: "rg-mistake", textContent: place + problem.message + hint });
      made.addEventListener("click", () => { if (problem.line) { turnTo("text"); painted.select(problem); } });
      return made;
    };

    const show = ({ status, data }) => {
      if (status !== 200) {
        const problems = data.errors?.length ? data.errors : [{ message: data.detail ?? words.failed }];
        box.replaceChildren(...problems.map(mistake));
        painted.mark(problems);
        return;
      }
      const number = new Intl.NumberFormat(document.documentElement.lang || undefined);
      const text = data.count === 1 && data.exact ? words.one : words.many.replace("%s", number.format(data.count));
      const names = data.examples.map((member) => member.name || member.member_no).join(", ");
      const range = data.exact ? [] : [line(words.estimate.replace("%(low)s", number.format(data.low)).replace("%(high)s", number.format(data.high)), "rg-faint")];
      box.replaceChildren(line((data.exact ? "" : "≈ ") + text, "rg-count"), ...range, line(names, "rg-faint"));
      painted.mark([]);
    };

    // ask about ``given``; a newer question stops an older one, here and on the server
    const ask = async (given, andThen) => {
      asking?.abort();
      asking = new AbortController();
      const { signal } = asking;
      box.setAttribute("aria-busy", "true");
      try {
        let answer = await post(area.dataset.previewUrl, { ...given, ticket }, signal);
        known = answer.status === 200 ? answer.data.named : null;
        if (known) andThen?.(answer.data);
        show(answer);
        if (answer.status === 200 && !answer.data.exact) {
          offerToStop();
          answer = await post(area.dataset.previewUrl, { ...given, ticket, exact: true }, signal);
          if (answer.status === 200) show(answer);
        }
      } catch (error) {
        if (error.name !== "AbortError") box.replaceChildren(line(words.failed));
      } finally {
        if (!signal.aborted) box.removeAttribute("aria-busy");
      }
    };

    // the exact count of a wide rule takes seconds: staff may be content with the estimate
    const offerToStop = () => {
      const stop = element("button", { type: "button", className: "rg-button", textContent: words.stop });
      stop.addEventListener("click", () => {
        asking?.abort();
        box.removeAttribute("aria-busy");
        stop.remove();
        fetch(`${area.dataset.previewUrl}?ticket=${encodeURIComponent(ticket)}`, {
          method: "DELETE",
          headers: { "X-CSRFToken": area.form.elements.csrfmiddlewaretoken.value },
        });
      });
      box.append(stop);
    };

    const later = () => {
      clearTimeout(timer);
      known = null;
      if (area.value.trim()) timer = setTimeout(() => ask({ text: area.value }), WAIT_MS);
      else { asking?.abort(); box.replaceChildren(); }
    };

    const setText = (text) => {
      area.value = text;
      painted.redraw();
    };

    // --- the form beside the text
    const builder = rules.buildForm(form, language, words, (state) => {
      clearTimeout(timer);
      const rule = rules.writeRule(state);
      if (!rule || !rules.isComplete(state)) {
        asking?.abort();
        box.replaceChildren(line(rule ? words.incomplete : words.empty, "rg-faint"));
        if (!rule) setText("");
        return;
      }
      timer = setTimeout(() => ask({ rule }, (data) => setText(data.text)), 150);
    });

    const tabs = element("div", { className: "rg-rule-tabs" });
    tabs.setAttribute("role", "tablist");
    const tab = (key, label, icon) => {
      const made = element("button", { type: "button", className: "rg-button" }, element("span", { className: "material-symbols-outlined", textContent: icon, ariaHidden: "true" }), label);
      made.dataset.tab = key;
      made.setAttribute("role", "tab");
      made.addEventListener("click", () => turnTo(key));
      tabs.append(made);
    };
    tab("text", words.asText, "code");
    tab("form", words.asForm, "tune");
    tabs.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      event.preventDefault();
      turnTo(form.hidden ? "form" : "text");
      tabs.querySelector("[aria-selected=true]").focus();
    });

    const turnTo = async (key) => {
      if (key === "form") {
        if (area.value.trim() && !known) await ask({ text: area.value });
        if (area.value.trim() && !known) return; // the form cannot show what is wrong: mend it first
        builder.show(known);
      }
      form.hidden = key !== "form";
      frame.hidden = key === "form";
      for (const one of tabs.children) {
        const chosen = one.dataset.tab === key;
        one.setAttribute("aria-selected", String(chosen));
        one.tabIndex = chosen ? 0 : -1;
        one.classList.toggle("rg-primary", chosen);
      }
      if (key === "text") painted.redraw();
    };

    // --- describe in words
    const sentence = element("input", { type: "text", className: "rg-input", placeholder: words.describeExample, maxLength: 500 });
    sentence.setAttribute("aria-label", words.describe);
    const draw = element("button", { type: "button", className: "rg-button" }, element("span", { className: "material-symbols-outlined", textContent: "auto_fix_high", ariaHidden: "true" }), words.draft);
    const said = element("div", { className: "rg-rule-said" });
    said.setAttribute("role", "status");
    const draft = async () => {
      if (!sentence.value.trim()) return;
      draw.disabled = true;
      try {
        const { status, data } = await post(area.dataset.draftUrl, { text: sentence.value });
        const notes = (data.unsure ?? []).map((note) => element("li", { textContent: note }));
        if (status !== 200 || !data.rule) {
          said.replaceChildren(line(data.refusal || data.errors?.[0]?.message || data.detail || words.failed, "rg-mistake"), element("ul", {}, ...notes));
          return;
        }
        setText(data.text);
        said.replaceChildren(line(notes.length ? words.assumed : words.drafted, "rg-faint"), element("ul", {}, ...notes));
        await ask({ text: data.text });
        if (!form.hidden) builder.show(known);
      } catch {
        said.replaceChildren(line(words.failed, "rg-mistake"));
      } finally {
        draw.disabled = false;
      }
    };
    draw.addEventListener("click", draft);
    sentence.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); draft(); } });

    // --- templates
    const templates = element("select", { className: "rg-input" }, element("option", { value: "", textContent: words.template }), ...language.templates.map((one) => element("option", { value: one.key, textContent: one.title, title: one.about })));
    templates.setAttribute("aria-label", words.template);
    templates.addEventListener("change", async () => {
      const chosen = language.templates.find((one) => one.key === templates.value);
      if (!chosen) return;
      setText(chosen.text);
      const { name, description, key } = area.form.elements;
      if (name && !name.value) { name.value = chosen.title; if (key && !key.value && !key.readOnly) key.value = chosen.key; }
      if (description && !description.value) description.value = chosen.about;
      await ask({ text: chosen.text });
      if (!form.hidden) builder.show(known);
    });

    const top = element("div", { className: "rg-rule-top" }, element("div", { className: "rg-rule-words" }, sentence, draw), said, element("div", { className: "rg-rule-bar" }, tabs, templates));
    frame.before(top);
    area.addEventListener("input", later);
    turnTo("text");
    later();
    area.dataset.ready = "true";
  };

  document.addEventListener("DOMContentLoaded", async () => {
    for (const area of document.querySelectorAll("textarea[data-preview-url]")) {
      const answer = await fetch(area.dataset.languageUrl, { headers: { Accept: "application/json" } });
      if (answer.ok) attach(area, await answer.json());
    }
  });
})();
