// In the head of a page with explorables: makes the worker, which takes as long as a small file, and lets it load
// Python at once if the link carries a state, for that is a question asked already. static/python.js takes over, with
// what was said meanwhile.
(({ topics, worker }) => {
  if (location.protocol === "file:") return;
  const heard = [];
  const started = new Worker(worker, { type: "module", name: topics });
  started.onmessage = ({ data }) => heard.push(data);
  started.onerror = ({ message }) => heard.push({ fatal: `Python could not start: ${message}.` });
  window.awsbookEarly = { started, heard };
  const asked = [...new URLSearchParams(location.search).keys()];
  const ours = (key) => topics.split(",").some((topic) => key.startsWith(`${topic}.`));
  if (asked.some(ours)) started.postMessage({ start: true });
})(document.currentScript.dataset);
