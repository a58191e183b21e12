"""Claims (索赔): what the maker owes for warranty work, from the finished job to the money.

Warranty claim 保修索赔 · claim line 索赔项目 · in-service date 启用日期 (购车发票日期) · vehicle nature 车辆性质 ·
warranty policy 保修政策 (months and km, whichever ends first) · repair date 维修日期 (the check-in's day) · validation 校验 ·
submission 提报 · decision 审核 (per line) · short-paid 短付 · open amount 未收金额.

Hears `reception.work_authorised`, `workshop.job_completed`, `parts.parts_issued`, `reception.vehicle_delivered` and, personal,
`reception.vehicle_identified`.  Says `claim_submitted`, `claim_decided`, `claim_paid`.

One warranty job makes one claim, whose id is the job's.  A claim is *expected* as soon as its job is heard of, and a draft once
the job is known as warranty work and as completed; until it is submitted it follows the newest authorisation.
"""
