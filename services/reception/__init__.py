"""Reception (接待): the front desk's whole day – appointment, check-in, estimate, authorisation, settlement, delivery.

Appointment 预约 · no-show 爽约 · walk-in 散客 · repair order (RO) 维修工单 · service advisor 服务顾问 · check-in 接车 ·
inquiry sheet 问诊单 · walk-around 环车检查 · estimate 估价单 · authorisation 客户授权 · supplement 增项 ·
deferred work 暂缓项目 · labour operation 工时项目 · price list 价目表 · package 套餐 · public menu 收费公示 ·
part offer 配件报价 · sublet work 外加工 · agency service 代办 · payer 付款方 (自费/保修/保险/内部) · settlement 结算 ·
invoice 结算单 · credit note 红字 · deposit 订金 · on account 挂账 · delivery 交车 · called off 取消 · rescue 救援 ·
internal work 内部工单: PDI 售前检测, first maintenance 首保, reconditioning 整备 · comeback 外返 · four eyes 双人复核.
Member 会员 · purse 会员账户 · holding 持有项 · transfer 账目 ·
stored value 储值 · points 积分 · package card 套餐卡 · voucher 代金券 · breakage 沉淀.
Customer file 客户档案 · contact 联系人 · consent 授权同意 · owner 车主 · vehicle nature 车辆性质 · fleet 车队.

Says: of appointments appointment_booked, _rescheduled, _cancelled, _no_show, _reminder_due; of the order vehicle_checked_in,
inspection_completed, estimate_issued, work_authorised, supplement_decided, promise_changed, invoice_issued,
invoice_credited, payment_received, payment_refunded, repair_order_cancelled, vehicle_lent_back, vehicle_taken_back,
vehicle_delivered; of files vehicle_owner_changed,
customer_merged, vehicle_file_opened; of members liability_moved; personal:
vehicle_identified, contact_changed.
Hears: capacity_changed (what can be booked), part_offered (prices and what lies free), parts_reserved, parts_backordered,
parts_issued, job_dispatched, job_set_back, quality_failed, job_completed, sublet_sent, sublet_returned, sublet_failed,
sublet_passed (how far each line is), supplement_proposed, note_written (the workshop has something to tell),
promise_at_risk (shown until another time is promised), complaint_opened (flagged at the customer's next check-in), and of its
neighbour vehicle_sold (a sold car's files are opened).
"""
