// Puts what live.js hears onto the page: cards into their columns, counts and queue depths into their cells.
const page = document.querySelector("[data-events]");

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

document.addEventListener("live:card", ({ detail }) => placeCard(detail));
document.addEventListener("live:counts", ({ detail }) => fill("count", detail));
document.addEventListener("live:queues", ({ detail }) => fill("depth", detail));
