"""The workshop (车间): turns authorised work into finished, inspected jobs.

A job (维修项目) is one authorised labour line and keeps that line's id.  It waits until all its part lines are reserved or
issued, is then ready, is dispatched (派工) to a technician (技师) with the skill and to a free bay (工位), worked on while the
technician's clock runs, finished with cause and correction (故障原因, 维修措施), and completed by the quality check (质检) of
somebody who did not work on it; a failed check means rework (内返).  The board (车间看板) shows it all at a glance.

Words: job 维修项目, part line 配件行, technician 技师, bay 工位, dispatch 派工, clock 打卡, pause 停工, hold 等待
(wait for parts 待料, for the customer 等待客户), quality check 质检, rework 内返, board 看板, inspection sheet 检查单,
finding 检测结果, note 施工说明, sublet work 外加工, lent back 车辆已还, safety round 检查轮次, checklist 检查表.

Capacity (产能) is the hours of a skill in a group of bays that a day can take: it follows from shifts (排班), absences and
bays in order; a supplement (增项) is work that was found and waits for the customer's yes.

Hears: work_authorised, promise_changed, estimate_issued, supplement_decided, repair_order_cancelled, vehicle_lent_back,
vehicle_taken_back, vehicle_delivered, vehicle_identified, appointment_booked, _rescheduled, _cancelled, _no_show (reception);
parts_reserved, parts_backordered, parts_issued.  Says: capacity_changed, job_dispatched, job_reassigned, job_set_back,
labour_clocked_on, labour_clocked_off, labour_corrected, promise_at_risk, supplement_proposed, note_written, quality_failed,
quality_passed, job_completed; of sublet work sublet_sent, sublet_returned, sublet_failed, sublet_passed; of safety
safety_round_overdue, _completed, _missed, safety_finding_opened, _resolved, _verified, _overdue.
"""
