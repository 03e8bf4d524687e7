// The rule editor: asks the API while staff type, shows what is wrong and where, or how many members fit.
(() => {
  const WAIT_MS = 500;

  const line = (text, name = "") => {
    const element = document.createElement("p");
    element.textContent = text;
    element.className = name;
    return element;
  };

  // select the word at a mistake, so that typing replaces it
  const select = (area, problem) => {
    const before = area.value.split("\n").slice(0, problem.line - 1);
    const start = before.reduce((sum, each) => sum + each.length + 1, 0) + problem.column - 1;
    const word = /^([\w.-]+|"[^"]*"|.)/.exec(area.value.slice(start));
    area.focus();
    area.setSelectionRange(start, start + (word ? word[0].length : 0));
  };

  const mistake = (area, problem) => {
    const element = document.createElement("button");
    const place = problem.line ? `${problem.line}:${problem.column} ` : "";
    const hint = problem.suggestion ? ` → ${problem.suggestion}` : "";
    element.type = "button";
    element.className = "rg-mistake";
    element.textContent = place + problem.message + hint;
    element.addEventListener("click", () => problem.line && select(area, problem));
    return element;
  };

  const show = (area, box, status, answer) => {
    if (status === 200) {
      const text = answer.count === 1 ? area.dataset.textOne : area.dataset.textMany.replace("%s", answer.count);
      const names = answer.examples.map((member) => member.name || member.member_no).join(", ");
      box.replaceChildren(line(text, "rg-count"), line(names, "rg-faint"));
      return;
    }
    const problems = answer.errors?.length ? answer.errors : [{ message: answer.detail ?? area.dataset.textFailed }];
    box.replaceChildren(...problems.map((problem) => mistake(area, problem)));
  };

  const attach = (area) => {
    const box = document.createElement("div");
    box.className = "rg-rule-answer";
    box.setAttribute("aria-live", "polite");
    area.after(box);
    let timer, asking;

    const ask = async () => {
      asking?.abort(); // an older question is no longer of interest
      asking = new AbortController();
      try {
        const answer = await fetch(area.dataset.previewUrl, {
          method: "POST",
          signal: asking.signal,
          headers: {
            "Content-Type": "application/json",
            "X-CSRFToken": area.form.elements.csrfmiddlewaretoken.value,
          },
          body: JSON.stringify({ text: area.value }),
        });
        show(area, box, answer.status, await answer.json());
      } catch (error) {
        if (error.name !== "AbortError") box.replaceChildren(line(area.dataset.textFailed));
      }
    };

    const later = () => {
      clearTimeout(timer);
      if (area.value.trim()) timer = setTimeout(ask, WAIT_MS);
      else box.replaceChildren();
    };
    area.addEventListener("input", later);
    later();
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("textarea[data-preview-url]").forEach(attach);
  });
})();
