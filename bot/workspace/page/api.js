// The workspace's UI API over fetch, and its live events over SSE. Addresses are relative to the page.

const base = new URL(".", document.baseURI);
let me = "";

/** This page's own name: what is opened here is not shown on the person's other pages. It outlives a reload. */
export const page = sessionStorage.getItem("workspace.page") ?? [...crypto.getRandomValues(new Uint32Array(3))].join("-");
sessionStorage.setItem("workspace.page", page);

export function actAs(person) {
  me = person;
}

export function address(path, params = {}) {
  const url = new URL(path, base);
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(key, value);
  }
  return url;
}

export function fileAddress(id) {
  return address(`files/${encodeURIComponent(id)}`).href;
}

export class ApiError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

async function request(url, init) {
  let response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    throw new ApiError("offline");
  }
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new ApiError(response.ok ? "bad_answer" : `http_${response.status}`);
  }
  const carriesOutcome = body && typeof body === "object" && ("ok" in body || "error" in body || "errors" in body);
  if (!response.ok && !carriesOutcome) throw new ApiError(body?.detail ?? `http_${response.status}`);
  return body;
}

async function read(path, params) {
  const answer = await request(address(path, { as: me, ...params }));
  if (answer.ok === false) throw new ApiError(answer.error);
  return answer;
}

async function write(path, body) {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ as: me, page, ...body }),
  };
  try {
    return await request(address(path), init);
  } catch (error) {
    if (error instanceof ApiError) return { ok: false, error: error.code };
    throw error;
  }
}

export const api = {
  state: () => read("ui/state", { page }),
  messages: (channel, before) => read("ui/messages", { channel, before }),
  thread: (channel, ts) => read("ui/thread", { channel, ts }),
  home: () => read("ui/home"),
  markRead: (as, channel, ts) => write("ui/read", { as, channel, ts }),
  say: (channel, text, thread_ts) => write("ui/message", { channel, text, thread_ts }),
  command: (channel, text) => write("ui/command", { channel, text }),
  action: (body) => write("ui/action", body),
  shortcut: (callback_id, channel, ts) => write("ui/shortcut", { callback_id, channel, ts }),
  submit: (view_id, values) => write("ui/view/submit", { view_id, values }),
  close: (view_id) => write("ui/view/close", { view_id }),
  options: (body) => write("ui/options", body),
  file: (name, content) => write("ui/file", { name, content }),
  clock: (action, value) => write("ui/clock", { action, value }),
};

const EVENTS = ["message", "deleted", "ephemeral", "view", "home", "channel", "clock"];

/**
 * Follow the events of the current person. `handle(event, data)` gets each one; `connection(open, again)` hears of
 * loss and return. EventSource gives up after an HTTP error, so reconnecting (0.5 s doubling to 8 s) is done here.
 */
export function follow(handle, connection) {
  let source;
  let timer;
  let wait = 500;
  let opened = false;
  let closed = false;

  function connect() {
    source = new EventSource(address("ui/events", { as: me }));
    source.onopen = () => {
      connection(true, opened);
      opened = true;
      wait = 500;
    };
    source.onerror = () => {
      source.close();
      if (closed) return;
      connection(false, opened);
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, 8000);
    };
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => handle(name, JSON.parse(event.data)));
    }
  }

  connect();
  return () => {
    closed = true;
    clearTimeout(timer);
    source.close();
  };
}
