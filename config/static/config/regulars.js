// Long jobs: every element with data-job-url shows one job's progress; ask for all of a page at once.
(() => {
  const EVERY_MS = 1500;

  const show = (element, job) => {
    element.dataset.status = job.status;
    element.querySelector("i").style.width = `${Math.round(job.progress * 100)}%`;
    element.querySelector("[data-job-text]").textContent = job.text;
  };

  const poll = async (url, elements) => {
    const wanted = elements.map((element) => element.dataset.jobId).join(",");
    let jobs;
    try {
      const answer = await fetch(`${url}?ids=${wanted}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      ({ jobs } = await answer.json());
    } catch {
      setTimeout(poll, 4 * EVERY_MS, url, elements); // the server restarts; ask again later
      return;
    }
    for (const element of elements) {
      if (jobs[element.dataset.jobId]) show(element, jobs[element.dataset.jobId]);
    }
    if (elements.some((element) => jobs[element.dataset.jobId]?.finished)) {
      window.location.reload(); // its result shows in other columns too
      return;
    }
    setTimeout(poll, EVERY_MS, url, elements);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const groups = new Map();
    for (const element of document.querySelectorAll("[data-job-url]")) {
      const group = groups.get(element.dataset.jobUrl) ?? [];
      group.push(element);
      groups.set(element.dataset.jobUrl, group);
    }
    for (const [url, elements] of groups) setTimeout(poll, EVERY_MS, url, elements);
  });
})();
