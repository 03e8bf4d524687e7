// The rule language as an editor sees it: pieces of text with what they are, and what may come next.
(() => {
  const rules = (window.regularsRules ??= {});
  const PATTERN = new RegExp(
    [
      /(?<space>\s+)/,
      /(?<string>"(?:[^"\\\n]|\\.)*"?)/,
      /(?<date>\d{4}-\d{2}-\d{2}(?![\w]))/,
      /(?<relative>[+-]?\d{1,5}[dwmy](?!\w))/,
      /(?<number>[+-]?\d+(?:\.\d+)?)/,
      /(?<name>[A-Za-z_][\w.]*)/,
      /(?<operator><=|>=|!=|=|<|>)/,
      /(?<punct>[()[\],:])/,
      /(?<bad>.)/s,
    ]
      .map((part) => part.source)
      .join("|"),
    "gs",
  );
  const JOINERS = new Set(["and", "or", "not"]);
  const WORD_OPERATORS = new Set(["in", "between", "contains", "starts", "with", "is", "set", "unset", "next", "last"]);
  const CONSTANTS = new Set(["true", "false", "today"]);

  // every piece of the text, spaces included: {kind, text, start}
  rules.tokens = (text, language) => {
    const fields = new Set(language.fields.map((field) => field.name));
    const behaviours = new Set(["segment", ...language.behaviours.map((one) => one.name)]);
    const found = [];
    for (const match of text.matchAll(PATTERN)) {
      let [kind] = Object.entries(match.groups).find(([, part]) => part !== undefined);
      const word = match[0].toLowerCase();
      if (kind === "name") {
        if (JOINERS.has(word)) kind = "joiner";
        else if (WORD_OPERATORS.has(word)) kind = "operator";
        else if (CONSTANTS.has(word)) kind = "constant";
        else if (fields.has(word)) kind = "field";
        else if (behaviours.has(word)) kind = "behaviour";
      }
      found.push({ kind, text: match[0], start: match.index });
    }
    return found.map((token, index) => {
      const next = found.slice(index + 1).find((one) => one.kind !== "space");
      return token.kind === "name" && next?.text === ":" ? { ...token, kind: "argument" } : token;
    });
  };

  const quoted = (text) => (/^[a-z_][a-z0-9_]*$/.test(text) && !WORD_OPERATORS.has(text) && !JOINERS.has(text) ? text : JSON.stringify(text));
  const choice = (one) => ({ insert: quoted(one.value), label: one.value, about: one.label === one.value ? "" : one.label });
  const plain = (texts) => texts.map((text) => ({ insert: text, label: text, about: "" }));
  const names = (texts) => texts.map((text) => ({ insert: JSON.stringify(text), label: text, about: "" }));

  const startOptions = (language) => [
    ...language.fields.map((field) => ({ insert: `${field.name} `, label: field.name, about: [field.title, field.unit].filter(Boolean).join(" · ") })),
    ...language.behaviours.map((one) => ({ insert: `${one.name}(`, label: `${one.name}(…)`, about: one.title })),
    { insert: 'segment("', label: "segment(…)", about: "" },
    ...plain(["not "]),
  ];

  const fieldValues = (field) => {
    switch (field.type) {
      case "boolean": return plain(["true", "false"]);
      case "day": case "moment": return plain(["today", "-7d", "-30d", "-60d", "-90d", "-1y"]);
      case "yearly": return plain(["7d", "14d", "30d"]);
      default: return field.choices.map(choice);
    }
  };

  const argumentValues = (argument, language) => {
    switch (argument.kind) {
      case "category": return names(language.categories);
      case "brand": return names(language.brands);
      case "store": return language.stores.map(choice);
      case "channel": return language.channels.map(choice);
      case "span": return plain(["7d", "30d", "60d", "90d", "1y"]);
      case "day": return plain(["today", "-7d", "-30d", "-90d"]);
      case "number": return plain(["1", "2", "3", "5"]);
      default: return [];
    }
  };

  const operatorOptions = (field) => field.operators.map((op) => {
    const ending = { between: " … and …", in: " […]", "not in": " […]" }[op] ?? "";
    const insert = { in: "in [", "not in": "not in [" }[op] ?? `${op} `;
    return { insert, label: op + ending, about: "" };
  });

  const named = (list, text) => list.find((one) => one.name === text?.toLowerCase());

  // inside bought( … : the behaviour, the argument names given, and the argument whose value is wanted
  const callAround = (before) => {
    let depth = 0;
    for (let at = before.length - 1; at >= 0; at -= 1) {
      const token = before[at];
      if (token.text === ")") depth += 1;
      else if (token.text === "(" && depth > 0) depth -= 1;
      else if (token.text === "(") {
        if (before[at - 1]?.kind !== "behaviour") return null;
        const inside = before.slice(at + 1);
        return { name: before[at - 1].text, inside, given: inside.filter((one) => one.kind === "argument").map((one) => one.text) };
      }
    }
    return null;
  };

  const inCall = (call, language) => {
    if (call.name.toLowerCase() === "segment") return language.segments.map((one) => ({ insert: JSON.stringify(one.value), label: one.value, about: one.label }));
    const behaviour = named(language.behaviours, call.name);
    const last = call.inside.at(-1);
    if (!behaviour) return [];
    if (last?.text === ":") {
      const argument = named(behaviour.arguments, call.inside.at(-2)?.text);
      return argument ? argumentValues(argument, language) : [];
    }
    if (last && last.text !== ",") return plain([", ", ")"]);
    return behaviour.arguments
      .filter((argument) => !call.given.includes(argument.name))
      .map((argument) => ({ insert: `${argument.name}: `, label: argument.name, about: argument.title }));
  };

  // what may stand at the caret: {from, options}; ``from`` is where the word begins that is being typed
  rules.complete = (text, caret, language) => {
    const tokens = rules.tokens(text.slice(0, caret), language).filter((token) => token.kind !== "bad");
    const last = tokens.at(-1);
    const typed = last && last.kind !== "space" && last.kind !== "punct" && !/^[<>=!]/.test(last.text) && !(last.kind === "string" && /^".*"$/s.test(last.text));
    const from = typed ? last.start : caret;
    const before = tokens.filter((token) => token.kind !== "space" && token.start < from);
    const word = text.slice(from, caret).toLowerCase().replace(/^"/, "");
    const options = optionsAfter(before, language)
      .filter((one) => one.label.toLowerCase().includes(word) || String(one.about).toLowerCase().includes(word))
      .sort((one, other) => other.label.toLowerCase().startsWith(word) - one.label.toLowerCase().startsWith(word));
    return { from, options: options.slice(0, 50) };
  };

  const optionsAfter = (before, language) => {
    const call = callAround(before);
    if (call) return inCall(call, language);
    const last = before.at(-1);
    if (!last || last.kind === "joiner" || last.text === "(") return startOptions(language);
    const at = before.findLastIndex((token) => token.kind === "field");
    const field = at >= 0 ? named(language.fields, before[at].text) : null;
    const since = at >= 0 ? before.slice(at + 1) : [];
    if (!field || since.some((token) => token.kind === "joiner" && token.text !== "not" && since[0]?.text !== "between")) return plain(["and ", "or "]);
    const said = since.map((token) => token.text.toLowerCase()).join(" ");
    if (!since.length) return operatorOptions(field);
    if (/(^|\[ .*, |\[ ?)$/.test(said) || /^(=|!=|<|<=|>|>=|contains|starts with|in next|in last|between|between \S+ and|(not )?in \[( .*,)?)$/.test(said)) return fieldValues(field);
    if (["not", "in", "is", "starts", "not in"].includes(said)) return operatorOptions(field).filter((one) => one.label.startsWith(said)).map((one) => ({ ...one, insert: one.insert.slice(said.length).trimStart() }));
    if (/^(not )?in \[/.test(said) && !said.endsWith("]")) return plain([", ", "] "]);
    return plain(["and ", "or "]);
  };
})();
