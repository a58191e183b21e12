"""The live board: what changed is read once, rendered once per language, and put into every listener's own short queue."""

from services.console.live.board import Board
from services.console.live.listeners import Listener

__all__ = ["Board", "Listener"]
