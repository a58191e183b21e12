// Risk grows by the clock alone: marks every card anew each half minute, by the same rule as the server.
const TIGHT_MS = 45 * 60_000;
const board = document.querySelector("[data-stores]");
const words = { on_time: board.dataset.onTime, tight: board.dataset.tight, late: board.dataset.late };

function riskOf({ promised, eta }, now) {
  if (!promised) return null;
  if (now > Number(promised)) return "late";
  return Number(promised) - now < TIGHT_MS || (eta && Number(eta) > Number(promised)) ? "tight" : "on_time";
}

function mark() {
  const now = Date.now();
  for (const card of board.querySelectorAll(".card")) {
    const risk = riskOf(card.dataset, now);
    if (!risk || card.dataset.risk === risk) continue;
    card.dataset.risk = risk;
    card.querySelector(".card-shape").textContent = words[risk][0];
    card.querySelector(".card-word").textContent = words[risk].slice(1);
  }
}

document.addEventListener("board:changed", mark);
setInterval(mark, 30_000);
