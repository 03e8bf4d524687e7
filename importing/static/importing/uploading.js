// Files go to the server in parts. A part that breaks off is sent again from where the server says it stopped.
window.regularsUploads = (() => {
  const PART_BYTES = 8 << 20;
  const TRIES = 6;
  const FIRST_WAIT_MS = 1000;

  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

  // what the server says of a request that failed, or what is said of a server that does not answer
  const problemOf = async (answer) => {
    try {
      return (await answer.json()).detail;
    } catch {
      return `${answer.status} ${answer.statusText}`;
    }
  };

  const create = (api, token) => {
    const call = (path, options = {}) =>
      fetch(api + path, {
        ...options,
        headers: { Accept: "application/json", "X-CSRFToken": token, ...options.headers },
      });

    const json = async (path, method = "GET", data = undefined) => {
      const answer = await call(path, {
        method,
        headers: data === undefined ? {} : { "Content-Type": "application/json" },
        body: data === undefined ? undefined : JSON.stringify(data),
      });
      if (!answer.ok) throw Object.assign(new Error(await problemOf(answer)), { status: answer.status });
      return answer.status === 204 ? null : answer.json();
    };

    const announce = (file) =>
      json("uploads/", "POST", {
        name: file.name,
        size: file.size,
        modified_at: new Date(file.lastModified).toISOString(),
      });

    const sendPart = (upload, file, offset) =>
      call(`uploads/${upload.id}/`, {
        method: "PATCH",
        headers: { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) },
        body: file.slice(offset, offset + PART_BYTES),
      });

    // the whole file, from where it stopped; ``show(upload)`` after each part, ``pause()`` before it is tried again
    const send = async (file, { show, pause }) => {
      let upload = await announce(file);
      show(upload);
      let failures = 0;
      while (upload.state !== "complete") {
        try {
          const answer = await sendPart(upload, file, upload.received);
          if (answer.ok) {
            upload = await answer.json();
            failures = 0;
          } else if (answer.status === 409) {
            upload = { ...upload, received: Number(answer.headers.get("Upload-Offset")) };
            failures += 1;
          } else if ([408, 423, 429, 500, 502, 503, 504].includes(answer.status)) {
            failures += 1;
            if (failures > TRIES) throw Object.assign(new Error(await problemOf(answer)), { final: true });
          } else {
            throw Object.assign(new Error(await problemOf(answer)), { final: true });
          }
        } catch (error) {
          failures += 1;
          if (error.final || failures > TRIES) throw error;
        }
        show(upload);
        if (failures) {
          pause(upload);
          await wait(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 4));
          const latest = await json(`uploads/${upload.id}/`).catch(() => null);
          if (latest) upload = latest;
        }
      }
      return upload;
    };

    return { json, send };
  };

  return { create };
})();
