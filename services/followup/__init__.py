"""Follow-up (回访): asks every customer after delivery how it was, and puts right what was not.

Survey 满意度回访 · opens 回访开始 (48 h after delivery) · due 回访期限 (72 h after delivery) · call attempt 拨打记录 ·
score 评分 (1–10) · low score 低分 · customer's words 客户原话 · complaint 投诉 · first contact 首次联系 · solution 处理方案 ·
contact data 联系方式 · consent 同意联系 · reminder 提醒 · first maintenance 首保.

Hears `reception.vehicle_delivered`, `vehicle_file_opened`, `customer_merged` and, personal, `reception.contact_changed`.
Says `survey_due`, `survey_answered`, `complaint_opened`.  The customer's words never leave this database.
Who gave no consent is asked by nobody: no phone is shown and no call is logged; what such a customer says by themselves is
recorded as everybody's answer is.
"""
