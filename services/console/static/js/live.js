// Keeps the page in step with the server: what happens comes as server-sent events; whenever the connection is new, or the
// server says so, the page fetches everything once more.
const PATIENCE_MS = 3000; // a stream that ends in order is open again by then
const page = document.querySelector("[data-events]");
const pill = document.querySelector("[data-pill]");
const live = page.querySelector("[data-live-part]");
let source = null;
let waiting = null; // what came while everything was fetched
let losing = null;

function show(state) {
  clearTimeout(losing);
  losing = null;
  pill.dataset.state = state;
  pill.textContent = state === "live" ? pill.dataset.live : pill.dataset.lost;
}

function tell(name, detail) {
  if (waiting) waiting.push([name, detail]);
  else if (name === "resync") startOver();
  else document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));
}

async function startOver() {
  if (!page.dataset.again) return show("live");
  if (waiting) return waiting.push(["resync", {}]);
  waiting = [];
  try {
    const answer = await fetch(page.dataset.again, { headers: { accept: "application/json" } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    live.innerHTML = await answer.text();
    document.dispatchEvent(new Event("board:changed"));
    show("live");
  } catch {
    close();
    setTimeout(open, PATIENCE_MS);
  }
  const missed = waiting;
  waiting = null;
  for (const [name, detail] of missed) tell(name, detail);
}

function open() {
  if (source || document.hidden) return;
  source = new EventSource(page.dataset.events);
  source.addEventListener("open", startOver);
  source.addEventListener("error", () => {
    losing ??= setTimeout(show, PATIENCE_MS, "lost");
    if (source?.readyState === EventSource.CLOSED) {
      close();
      setTimeout(again, PATIENCE_MS);
    }
  });
  for (const name of ["card", "counts", "queues", "resync"]) {
    source.addEventListener(name, ({ data }) => tell(name, JSON.parse(data)));
  }
}

// The server refused the stream: a session that has ended leads to the login, anything else is tried again.
async function again() {
  const answer = await fetch(page.dataset.again ?? location.href, { headers: { accept: "application/json" } }).catch(() => null);
  if (answer?.status === 401) location.reload();
  else open();
}

function close() {
  source?.close();
  source = null;
  show("lost");
}

document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
open();
