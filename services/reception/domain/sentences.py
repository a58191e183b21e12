"""What the customer would read: a sentence per entry of the timeline and per state of the order, in each language."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal

Language = Literal["zh-CN", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
_LOCALES: Final[Mapping[str, str]] = {"zh-CN": "zh_CN", "en": "en"}

SENTENCES: Final[Mapping[str, Mapping[Language, str]]] = {
    "received": {
        "zh-CN": "车辆已接待，里程 {odometer_km} 公里。",
        "en": "We received your car at {odometer_km} km.",
    },
    "inspected": {
        "zh-CN": "环车检查已完成。",
        "en": "We have looked your car over.",
    },
    "estimated": {
        "zh-CN": "第 {number} 版估价单已出，合计 {total_fen}，等待您确认。",
        "en": "Estimate {number} is ready: {total_fen} in all, awaiting your answer.",
    },
    "authorised": {
        "zh-CN": "您已同意维修，预计 {promised_at} 交车。",
        "en": "You agreed to the work; your car should be ready by {promised_at}.",
    },
    "promise_changed": {
        "zh-CN": "交车时间改为 {promised_at}。",
        "en": "Your car should now be ready by {promised_at}.",
    },
    "parts_reserved": {
        "zh-CN": "{line}：配件已备好。",
        "en": "{line}: the part is in stock for you.",
    },
    "parts_backordered": {
        "zh-CN": "{line}：配件已订货，预计 {eta_at} 到货。",
        "en": "{line}: the part is on order, expected by {eta_at}.",
    },
    "parts_backordered_open": {
        "zh-CN": "{line}：配件已订货，到货时间待定。",
        "en": "{line}: the part is on order; we do not know yet when it comes.",
    },
    "parts_issued": {
        "zh-CN": "{line}：配件已送到车间。",
        "en": "{line}: the part is at the workshop.",
    },
    "job_dispatched": {
        "zh-CN": "{line}：已派工，开始施工。",
        "en": "{line}: a technician has it in hand.",
    },
    "job_set_back": {
        "zh-CN": "{line}：工位临时无法使用，正在重新安排。",
        "en": "{line}: its place in the workshop cannot be used just now; we are giving it another.",
    },
    "supplement_offered": {
        "zh-CN": "技师发现需要增项，报价 {total_fen}，等待您确认；没有您的同意我们不会施工。",
        "en": "The technician found more to do: {total_fen}, awaiting your answer. We do nothing without your consent.",
    },
    "supplement_decided": {
        "zh-CN": "增项已按您的意见处理，同意的金额为 {approved_fen}。",
        "en": "We follow your decision about the additional work: {approved_fen} agreed.",
    },
    "quality_failed": {
        "zh-CN": "{line}：质检要求返工，我们正在处理。",
        "en": "{line}: our quality check sent it back; we are putting it right.",
    },
    "job_completed": {
        "zh-CN": "{line}：已完成并通过质检。原因：{cause}；处理：{correction}。",
        "en": "{line}: done, and it passed its quality check. Cause: {cause}. What we did: {correction}.",
    },
    "service_completed": {
        "zh-CN": "{line}：已办妥。",
        "en": "{line}: done.",
    },
    "sublet_sent": {
        "zh-CN": "{line}：已送专业厂家加工。",
        "en": "{line}: a specialist firm has it.",
    },
    "sublet_returned": {
        "zh-CN": "{line}：已从专业厂家取回，正在检查。",
        "en": "{line}: back from the specialist firm; we are checking it.",
    },
    "sublet_passed": {
        "zh-CN": "{line}：专业厂家的工作已通过质检。",
        "en": "{line}: the specialist firm's work passed our quality check.",
    },
    "lent_back": {
        "zh-CN": "车辆先由您取回使用，预计返厂日期：{expected_on}；施工待车辆返厂后继续。",
        "en": "You have your car meanwhile, expected again on {expected_on}; the work goes on once it is back.",
    },
    "taken_back": {
        "zh-CN": "车辆已返厂，里程 {odometer_km} 公里，继续施工。",
        "en": "Your car is here again at {odometer_km} km; the work goes on.",
    },
    "ready": {
        "zh-CN": "全部工作已完成，车辆可以交付。",
        "en": "All work is done; your car is ready.",
    },
    "settled": {
        "zh-CN": "账单已出。",
        "en": "Your bill is made out.",
    },
    "delivered": {
        "zh-CN": "车辆已交付，感谢您的光临。",
        "en": "Your car was handed over. Thank you for coming.",
    },
    "cancelled": {
        "zh-CN": "本次维修已取消，车辆可以取回。",
        "en": "The work was called off; your car can be fetched.",
    },
}

HEADLINES: Final[Mapping[str, Mapping[Language, str]]] = {
    "received": {
        "zh-CN": "车辆已接待，正在检查。",
        "en": "Your car is being looked at.",
    },
    "estimated": {
        "zh-CN": "估价单等待您确认。",
        "en": "The estimate awaits your answer.",
    },
    "planned": {
        "zh-CN": "已同意维修，等待施工，预计 {promised_at} 交车。",
        "en": "Agreed and waiting for its turn; ready by {promised_at}.",
    },
    "in_work": {
        "zh-CN": "正在施工，预计 {promised_at} 交车。",
        "en": "In work; ready by {promised_at}.",
    },
    "waiting_for_parts": {
        "zh-CN": "等待配件，预计 {until} 到货。",
        "en": "Waiting for a part, expected by {until}.",
    },
    "waiting_for_parts_open": {
        "zh-CN": "等待配件，到货时间待定。",
        "en": "Waiting for a part; we do not know yet when it comes.",
    },
    "ready": {
        "zh-CN": "车辆已修好，可以结算。",
        "en": "Your car is ready.",
    },
    "settled": {
        "zh-CN": "账单已出，付款后即可取车。",
        "en": "The bill is made out; your car can be fetched once it is paid.",
    },
    "delivered": {
        "zh-CN": "车辆已交付。",
        "en": "Your car was handed over.",
    },
    "cancelled": {
        "zh-CN": "本次维修已取消。",
        "en": "The work was called off.",
    },
}


def in_all_languages(sentences: Mapping[Language, str], parameters: Mapping[str, Any], time_zone: str) -> dict[str, str]:
    """The sentence in every language.  Money is fen, moments are moments or their ISO form; both are shown as people of the
    store write them."""
    return {
        language: sentences[language].format_map(
            {name: _written(name, value, _LOCALES[language], time_zone) for name, value in parameters.items()}
        )
        for language in LANGUAGES
    }


def _written(name: str, value: Any, locale: str, time_zone: str) -> str:
    if value is None:
        return "–"
    if name.endswith("_fen"):
        return format_currency(Decimal(value) / 100, "CNY", locale=locale)
    if name.endswith("_km"):
        return format_decimal(value, locale=locale)
    if name.endswith("_at") or isinstance(value, datetime):
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        zone = ZoneInfo(time_zone)
        return f"{format_skeleton('MMMd', at, tzinfo=zone, locale=locale)} {at.astimezone(zone):%H:%M}"
    return str(value)
