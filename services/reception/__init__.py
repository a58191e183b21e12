"""Reception (接待): from the car's arrival to the handed-over key – check-in, estimate, authorisation, settlement, delivery.

Repair order (RO) 维修工单 · service advisor 服务顾问 · check-in 接车 · walk-around 环车检查 · estimate 估价单 ·
authorisation 客户授权 · payer 付款方 (自费/保修/保险/内部) · settlement 结算 · invoice 结算单 · delivery 交车 ·
rescue 救援 · internal work 内部工单: PDI 售前检测, first maintenance 首保, reconditioning 整备 · comeback 外返.

Customer file 客户档案 · contact 联系人 · consent 授权同意 · owner 车主 · vehicle nature 车辆性质 · fleet 车队 ·
first maintenance 首保.

Says: vehicle_checked_in, work_authorised, invoice_issued, payment_received, vehicle_delivered; personal:
vehicle_identified, contact_changed; of files vehicle_owner_changed, customer_merged, vehicle_file_opened.  Hears:
parts_reserved, parts_backordered, parts_issued, job_dispatched, quality_failed, job_completed (how far each line is),
complaint_opened (flagged at the customer's next check-in), and of its neighbour vehicle_sold (a sold car's files are opened).
"""
