// The frame around a SCORM package's content, at the content's own address. It gives the content its
// API, told beforehand what was stored, and brings what the content says to the server. A commit
// waits for its answer, so that "true" means stored.

(() => {
  const launch = JSON.parse(document.getElementById("launch").textContent);
  const content = document.getElementById("content");
  const bar = document.getElementById("bar");
  const words = document.getElementById("words");
  const retry = document.getElementById("retry");
  const is12 = launch.edition === "1.2";
  const LONGEST_BEACON = 60_000;
  const LEAVING = new Set(["exit", "exitAll", "suspendAll", "abandon", "abandonAll"]);
  let isLeaving = false;
  let isOver = false;
  let unsent = null;

  const say = (text) => launch.words[text];

  function show(sentence, canRetry) {
    words.textContent = sentence;
    retry.hidden = !canRetry;
    bar.hidden = !sentence;
  }

  function tell(message) {
    parent.postMessage({ scorm: message.state, go: message.go || "", leave: Boolean(message.leave) }, launch.app);
  }

  // What must not be lost if the rest is too long for a page that is being closed.
  function slim(message) {
    const { cmi } = message;
    const short = is12
      ? { core: cmi.core }
      : Object.fromEntries(Object.entries(cmi).filter(([name, value]) => typeof value === "string" && name !== "suspend_data"));
    if (!is12) short.score = cmi.score;
    return { ...message, cmi: short };
  }

  function beacon(message) {
    const whole = JSON.stringify(message);
    const body = whole.length > LONGEST_BEACON ? JSON.stringify(slim(message)) : whole;
    return navigator.sendBeacon(launch.commit, new Blob([body], { type: "text/plain;charset=UTF-8" }));
  }

  function post(message) {
    const request = new XMLHttpRequest();
    request.open("POST", launch.commit, false);
    request.setRequestHeader("Content-Type", "application/json");
    request.send(JSON.stringify(message));
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = {};
    }
    return { status: request.status, answer };
  }

  function store(message) {
    let sent;
    try {
      sent = post(message);
    } catch {
      // Without a connection, or in a page that is being closed, where only a beacon still leaves.
      if (isLeaving || message.final) {
        if (beacon(message)) return { result: "true", errorCode: 0 };
      }
      unsent = message;
      show(say("Not saved. The connection is gone."), true);
      return { result: "false", errorCode: is12 ? 101 : 391 };
    }
    const { status, answer } = sent;
    if (status === 410) {
      isOver = true;
      show(answer.sentence || say("This course was opened in another window."), false);
      tell({ state: "over" });
      return { result: "false", errorCode: 101 };
    }
    if (status < 200 || status > 299) {
      unsent = message;
      show(say("Not saved. The server did not take it."), true);
      return { result: "false", errorCode: is12 ? 101 : 391 };
    }
    unsent = null;
    show("", false);
    if (message.final) ended(message, answer);
    return { result: "true", errorCode: 0 };
  }

  function ended(message, answer) {
    isOver = true;
    const request = message.adl?.nav?.request || "";
    tell({ state: "ended", go: answer.go, leave: LEAVING.has(request) });
  }

  const service = {
    processHttpRequest(url, commit, isFinal) {
      const message = { ...commit, commitSequence: commit.commitSequence + launch.sequence, final: Boolean(isFinal) };
      const request = is12 ? "" : api.adl.nav.request;
      if (isFinal && request && request !== "_none_") message.adl = { nav: { request } };
      return store(message);
    },
    updateSettings() {},
  };

  const Runtime = is12 ? Scorm12API : Scorm2004API;
  const api = new Runtime(
    {
      lmsCommitUrl: launch.commit,
      includeCommitSequence: true,
      autocommit: true,
      autocommitSeconds: 30,
      mastery_override: launch.mastery,
      autoCompleteLessonStatus: launch.silent,
      logLevel: "NONE",
    },
    service,
  );
  api.loadFromJSON(launch.seed, "");
  window[is12 ? "API" : "API_1484_11"] = api;

  function commit() {
    if (isOver || !api.isInitialized()) return;
    if (is12) api.LMSCommit("");
    else api.Commit("");
  }

  retry.addEventListener("click", () => {
    if (unsent) store(unsent);
  });
  addEventListener("online", () => {
    if (unsent) store(unsent);
  });
  addEventListener("pagehide", () => {
    isLeaving = true;
    commit();
  });

  content.src = launch.content;
  document.documentElement.dataset.ready = "";
})();
