// A text area for rules: coloured, with completion, and with mistakes under the words they are about.
(() => {
  const rules = (window.regularsRules ??= {});

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  rules.element = element;

  // where a problem lies in the text: from its place to the end of the word there
  const rangeOf = (text, problem) => {
    const lines = text.split("\n").slice(0, problem.line - 1);
    const start = lines.reduce((sum, each) => sum + each.length + 1, 0) + problem.column - 1;
    const word = /^([\w.-]+|"[^"]*"|\S|$)/.exec(text.slice(start));
    return { start, end: start + Math.max(1, word ? word[0].length : 1) };
  };

  rules.decorate = (area, language) => {
    const paint = element("div", { className: "rg-rule-paint" });
    paint.setAttribute("aria-hidden", "true");
    const frame = element("div", { className: "rg-rule-frame" });
    const list = element("ul", { className: "rg-rule-options", id: `${area.id}_options`, hidden: true });
    list.setAttribute("role", "listbox");
    const bubble = element("p", { className: "rg-rule-bubble", id: `${area.id}_mistake`, hidden: true });
    bubble.setAttribute("role", "status");
    area.before(frame);
    frame.append(paint, area, list, bubble);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "aria-describedby": `${area.getAttribute("aria-describedby") ?? ""} ${bubble.id}`.trim() })) area.setAttribute(name, value);

    let problems = [];
    let options = [];
    let chosen = -1;
    let from = 0;

    const redraw = () => {
      const ranges = problems.filter((one) => one.line).map((problem) => rangeOf(area.value, problem));
      const pieces = rules.tokens(area.value, language).map((token) => {
        const wrong = ranges.some((range) => token.start < range.end && token.start + token.text.length > range.start);
        return token.kind === "space" ? token.text : element("span", { className: `rg-t-${token.kind}${wrong ? " rg-t-wrong" : ""}`, textContent: token.text });
      });
      const atEnd = ranges.some((range) => range.start >= area.value.length);
      paint.replaceChildren(...pieces, atEnd ? element("span", { className: "rg-t-wrong", textContent: " " }) : "\u200b");
      area.style.height = "auto";
      area.style.height = `${Math.max(area.scrollHeight + 2, 96)}px`;
      paint.scrollTop = area.scrollTop;
    };

    // where a place of the text is drawn, inside the frame
    const pointAt = (offset) => {
      const range = document.createRange();
      let left = offset;
      for (const node of paint.childNodes) {
        const text = node.nodeType === Node.TEXT_NODE ? node : node.firstChild;
        if (left <= text.length) {
          range.setStart(text, left);
          range.collapse(true);
          break;
        }
        left -= text.length;
      }
      const box = range.getBoundingClientRect();
      const outer = frame.getBoundingClientRect();
      return { left: box.left - outer.left, top: box.bottom - outer.top };
    };

    const put = (shown, offset) => {
      const point = pointAt(offset);
      shown.hidden = false;
      shown.style.top = `${point.top + 4}px`;
      shown.style.left = `${Math.max(0, Math.min(point.left, frame.clientWidth - shown.offsetWidth))}px`;
    };

    const close = () => {
      list.hidden = true;
      chosen = -1;
      area.setAttribute("aria-expanded", "false");
      area.removeAttribute("aria-activedescendant");
    };

    const choose = (index) => {
      chosen = (index + options.length) % options.length;
      [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
      list.children[chosen].scrollIntoView({ block: "nearest" });
      area.setAttribute("aria-activedescendant", list.children[chosen].id);
    };

    const accept = (index) => {
      const { insert } = options[index];
      const caret = area.selectionStart;
      const more = area.value.slice(caret).match(/^[\w.]*"?/)[0].length;
      const end = /^[\w.]/.test(area.value.slice(from, caret)) || area.value.slice(from, caret).startsWith('"') ? caret + more : caret;
      area.focus();
      area.setSelectionRange(from, end);
      // keeps the browser's own undo, unlike setting the value
      if (!document.execCommand("insertText", false, insert)) area.setRangeText(insert, from, end, "end");
      close();
      if (/[ ([:]$/.test(insert) || insert.endsWith('"')) offer();
    };

    const offer = () => {
      if (area.selectionStart !== area.selectionEnd) return close();
      ({ from, options } = rules.complete(area.value, area.selectionStart, language));
      const typed = area.value.slice(from, area.selectionStart);
      if (!options.length || (options.length === 1 && options[0].insert.trim() === typed)) return close();
      list.replaceChildren(
        ...options.map((option, index) => {
          const item = element("li", { id: `${list.id}_${index}` }, element("code", { textContent: option.label }), element("span", { textContent: option.about }));
          item.setAttribute("role", "option");
          item.addEventListener("mousedown", (event) => { event.preventDefault(); accept(index); });
          return item;
        }),
      );
      bubble.hidden = true;
      put(list, from);
      area.setAttribute("aria-expanded", "true");
      chosen = -1;
      if (typed) choose(0);
      return undefined;
    };

    const explain = () => {
      const caret = area.selectionStart;
      const problem = problems.find((one) => {
        if (!one.line) return false;
        const range = rangeOf(area.value, one);
        return caret >= range.start && caret <= range.end;
      });
      bubble.hidden = !problem;
      if (!problem || !list.hidden) { bubble.hidden = true; return; }
      bubble.textContent = problem.message;
      put(bubble, rangeOf(area.value, problem).start);
    };

    area.addEventListener("keydown", (event) => {
      if (event.ctrlKey && event.code === "Space") { event.preventDefault(); offer(); return; }
      if (list.hidden) return;
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (move) { event.preventDefault(); choose(chosen < 0 && move < 0 ? options.length - 1 : chosen + move); }
      else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) { event.preventDefault(); accept(chosen); }
      else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
    });
    area.addEventListener("input", (event) => {
      problems = [];
      redraw();
      if (event.isTrusted && document.activeElement === area) offer();
    });
    area.addEventListener("scroll", () => { paint.scrollTop = area.scrollTop; });
    area.addEventListener("blur", close);
    document.addEventListener("selectionchange", () => { if (document.activeElement === area) explain(); });
    window.addEventListener("resize", redraw);
    redraw();

    return {
      redraw,
      mark: (found) => { problems = found; redraw(); if (document.activeElement === area) explain(); },
      // select the word at a mistake, so that typing replaces it
      select: (problem) => {
        const range = rangeOf(area.value, problem);
        area.focus();
        area.setSelectionRange(range.start, Math.min(range.end, area.value.length));
      },
    };
  };
})();
