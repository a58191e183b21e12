// Keeps the page in step with the server: cards, counts and queue depths come as server-sent events; whenever the
// connection is new the page fetches everything once more.
const page = document.querySelector("[data-events]");
const pill = document.querySelector("[data-pill]");
const live = page.querySelector("[data-live-part]");
let source = null;
let waiting = null; // events that came while everything was fetched

function show(state) {
  pill.dataset.state = state;
  pill.textContent = state === "live" ? pill.dataset.live : pill.dataset.lost;
}

function placeCard({ id, version, column, order, html }) {
  const shown = document.getElementById(`car-${id}`);
  if (shown && Number(shown.dataset.version) >= version) return;
  shown?.remove();
  const cards = column && page.querySelector(`[data-column="${column}"]`);
  if (!cards) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  const card = template.content.firstElementChild;
  const next = [...cards.children].find((other) => Number(other.dataset.order) > order);
  cards.insertBefore(card, next ?? null);
  card.dataset.fresh = "";
  card.addEventListener("animationend", () => delete card.dataset.fresh);
  document.dispatchEvent(new Event("board:changed"));
}

function fill(attribute, figures) {
  for (const cell of page.querySelectorAll(`[data-${attribute}]`)) {
    const figure = figures ? figures[cell.dataset[attribute]] ?? 0 : null;
    cell.textContent = figure ?? cell.dataset.unknown;
    cell.toggleAttribute("data-none", figure === 0);
    cell.dataset.state = figure === null ? "unknown" : "known";
  }
}

const tell = {
  card: placeCard,
  counts: (figures) => fill("count", figures),
  queues: (figures) => fill("depth", figures),
  resync: () => startOver(),
};

async function startOver() {
  if (!page.dataset.again) return show("live");
  waiting ??= [];
  try {
    const answer = await fetch(page.dataset.again, { headers: { accept: "application/json" } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    live.innerHTML = await answer.text();
    document.dispatchEvent(new Event("board:changed"));
    show("live");
  } catch {
    close();
    setTimeout(open, 3000);
  }
  const missed = waiting ?? [];
  waiting = null;
  for (const [name, data] of missed) tell[name](data);
}

function open() {
  if (source || document.hidden) return;
  source = new EventSource(page.dataset.events);
  source.addEventListener("open", startOver);
  source.addEventListener("error", () => {
    show("lost");
    if (source?.readyState === EventSource.CLOSED) {
      close();
      setTimeout(() => (page.dataset.again ? again() : location.reload()), 3000);
    }
  });
  for (const name of Object.keys(tell)) {
    source.addEventListener(name, ({ data }) => {
      const told = JSON.parse(data);
      waiting && name !== "resync" ? waiting.push([name, told]) : tell[name](told);
    });
  }
}

async function again() {
  const answer = await fetch(page.dataset.again, { headers: { accept: "application/json" } }).catch(() => null);
  answer?.status === 401 ? location.reload() : open();
}

function close() {
  source?.close();
  source = null;
  show("lost");
}

document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
open();
