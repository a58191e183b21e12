"""Console: what the staff see.  It hears every fact of the loop, keeps them all, and shows where each car stands, live.

Glossary: board 看板 · stage 阶段 (where a car stands, told by the newest facts about it) · promised time 承诺交车时间 ·
risk 风险 (on time 准时, tight 临近, late 超时) · waiting for parts 待料 · ETA 预计到料 · rework 返修 · complaint 投诉 ·
claim 索赔 · follow-up 回访 · queue depth 队列深度 (facts that wait for a service, are being retried, or are dead letters).

Hears every general fact and `reception.vehicle_identified`; says nothing.  `facts` holds every general fact for good; the cars
are a projection of it and can be made anew at any time.  Pages know their user by a session cookie, `/api` by a bearer token.
"""
