// In the head of a page with explorables: a link that carries a state is a question asked already, so Python starts
// before the rest of the page is there. static/python.js takes over, with what was said meanwhile.
(({ topics, worker }) => {
  const asked = [...new URLSearchParams(location.search).keys()];
  const ours = (key) => topics.split(",").some((topic) => key.startsWith(`${topic}.`));
  if (location.protocol === "file:" || !asked.some(ours)) return;
  const heard = [];
  const started = new Worker(worker, { type: "module", name: topics });
  started.onmessage = ({ data }) => heard.push(data);
  started.onerror = ({ message }) => heard.push({ fatal: `Python could not start: ${message}.` });
  window.awsbookEarly = { started, heard };
})(document.currentScript.dataset);
