// In the head of a page with explorables: makes the worker, which takes as long as a small file, and lets it load
// Python at once if the link carries a state, for that is a question asked already. Its address says so, since a message
// would wait until the page, which is busy with its own start, has heard that the worker runs. static/python.js takes
// over, with what was said meanwhile.
(({ topics, worker }) => {
  if (location.protocol === "file:") return;
  const asked = [...new URLSearchParams(location.search).keys()];
  const ours = (key) => topics.split(",").some((topic) => key.startsWith(`${topic}.`));
  const heard = [];
  const started = new Worker(asked.some(ours) ? `${worker}#start` : worker, { type: "module", name: topics });
  started.onmessage = ({ data }) => heard.push(data);
  started.onerror = ({ message }) => heard.push({ fatal: `Python could not start: ${message}.` });
  window.awsbookEarly = { started, heard };
})(document.currentScript.dataset);
