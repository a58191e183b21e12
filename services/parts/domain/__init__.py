"""The nouns of the parts department and their rules: catalogue, shelves with their ledger, part lines of repair orders."""

from services.parts.domain.catalogue import Part
from services.parts.domain.orders import AuthorisedOrder
from services.parts.domain.part_lines import PartLine
from services.parts.domain.stock import GoodsReceipt, StockLevel, StockMovement
from services.parts.domain.tables import Base

__all__ = ["AuthorisedOrder", "Base", "GoodsReceipt", "Part", "PartLine", "StockLevel", "StockMovement"]
