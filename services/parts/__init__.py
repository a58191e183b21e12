"""Parts: what lies on the shelves of each store, who it is reserved for, and what is still to come.

Glossary: part 配件 · part number 配件号 · stock level 库存 (per store and part: on hand 在库, reserved 预留, available 可用) ·
stock movement 库存流水 (the append-only ledger behind a level) · part line 配件项目 (a part that an authorised repair order
needs) · reservation 预留 · back-order 欠件 (the shelf cannot meet a line yet) · ETA 预计到货 · goods receipt 入库 ·
issue 出库 (the parts go to the job) · lead time 订货周期.
Quantities are thousandths of the part's unit (`_milli`), money is fen (`_fen`).

Hears `reception.work_authorised`.  Says `parts_reserved`, `parts_backordered`, `parts_issued`, each about one part line, and
`part_offered` (报价与可用库存), what a store can offer of a part at which list price, once a poll where something changed.

Three rules hold everywhere.  A line is reserved whole or not at all.  What the newest authorisation of a repair order no longer
names is withdrawn: its reservation is released, it leaves the queue, and who waits is served (what was issued stays issued).
Nobody is overtaken: as long as somebody waits for a part, newcomers join the queue; arriving goods serve it by promised time,
then line id, up to the first line that does not fit.
"""
