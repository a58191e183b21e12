"""Courtesy phrases (礼貌用语, R13): what an advisor says at each step, shown in that very moment.  A store puts its own in
place of any step's by the policy `courtesy_phrases`."""

from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from services.reception.domain.policies import Terms
from services.reception.domain.sentences import Language
from shared.fields import LongText

Step = Literal[
    "appointment", "phone", "greeting", "inquiry", "walk_around", "estimate", "waiting", "delay", "supplement", "settlement",
    "delivery", "farewell", "complaint",
]  # fmt: skip
STEPS: Final[tuple[Step, ...]] = get_args(Step)
Texts = Annotated[tuple[LongText, ...], Field(max_length=20)]


class Phrases(BaseModel):
    """A step's phrases in each language, in the order in which they are said."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh_cn: Texts
    en: Texts = ()

    def told(self, language: Language) -> tuple[str, ...]:
        return self.zh_cn if language == "zh-CN" else self.en


class CourtesyPhrases(Terms, name="courtesy_phrases"):
    """The phrases of a store."""

    appointment: Phrases = Phrases(
        zh_cn=(
            "您好，这里是售后服务预约，请问有什么可以帮您？",
            "已为您预约好，届时我们恭候您的光临，请您带好行驶证和保养手册。",
        ),
        en=(
            "Good day, this is the service desk. What can we do for you?",
            "Your appointment is made; we look forward to seeing you.",
        ),
    )
    phone: Phrases = Phrases(
        zh_cn=("您好，售后服务，我是您的服务顾问，请问怎么称呼您？", "感谢您的来电，祝您用车愉快，再见。"),
        en=("Good day, after-sales service. May I have your name, please?", "Thank you for calling. Goodbye."),
    )
    greeting: Phrases = Phrases(
        zh_cn=("您好，欢迎光临！我是您的服务顾问，很高兴为您服务。", "请问您今天是来做保养还是维修？"),
        en=("Good day and welcome! I am your service advisor.", "What brings you to us today?"),
    )
    inquiry: Phrases = Phrases(
        zh_cn=("请您说说车辆有什么情况，什么时候出现？", "我跟您确认一下：您反映的情况是……对吗？"),
        en=("Please tell me what you noticed, and when it happens.", "Let me read that back to you: … Is that right?"),
    )
    walk_around: Phrases = Phrases(
        zh_cn=(
            "我们一起绕车检查一下，好吗？",
            "请您把车内的贵重物品随身带好。",
            "我给您的车装上防护三件套，请您核对后在这里签字。",
        ),
        en=(
            "May we walk around the car together?",
            "Please take your valuables along.",
            "I fit the protective covers; please check the sheet and sign here.",
        ),
    )
    estimate: Phrases = Phrases(
        zh_cn=("本次维修项目和费用是这样的，我逐项给您说明。", "预计完工时间是……，您看可以吗？同意的话请在这里签字。"),
        en=(
            "These are the work and its price; let me explain each line.",
            "It should be done by … . If you agree, please sign here.",
        ),
    )
    waiting: Phrases = Phrases(
        zh_cn=("请您到休息室休息，这边有茶水和无线网络。", "车辆的进度我会随时告诉您。"),
        en=("Please have a seat in the lounge; there are drinks and Wi-Fi.", "I will keep you informed."),
    )
    delay: Phrases = Phrases(
        zh_cn=("非常抱歉让您久等了，原因是……，预计……可以完成。", "感谢您的理解。"),
        en=("I am sorry that you have to wait: … . It should be done by … .", "Thank you for your patience."),
    )
    supplement: Phrases = Phrases(
        zh_cn=("技师检查时发现……，我先给您看一下情况。", "做不做由您决定，没有您的同意我们不会施工。"),
        en=("The technician found … . Let me show you.", "You decide; we do nothing without your consent."),
    )
    settlement: Phrases = Phrases(
        zh_cn=("您的车已经修好了，我给您说明一下做了哪些项目和费用。", "请您核对后签字，收银台在这边。"),
        en=("Your car is ready; let me go through the work and the bill.", "Please check and sign; the cashier is over there."),
    )
    delivery: Phrases = Phrases(
        zh_cn=("车已经洗好，换下的旧件在这里，您需要带走吗？", "下次保养时间是……或……公里，到时我们会提醒您。"),
        en=(
            "Your car is washed; here are the old parts. Would you like to take them?",
            "The next service is due on … or at … km; we will remind you.",
        ),
    )
    farewell: Phrases = Phrases(
        zh_cn=("感谢您的光临，这是我的名片，有问题随时联系我。", "祝您一路平安，再见！"),
        en=("Thank you for coming; here is my card, call me at any time.", "Have a safe trip. Goodbye!"),
    )
    complaint: Phrases = Phrases(
        zh_cn=("非常抱歉给您带来不便，请您详细说一下情况。", "我马上处理，今天之内给您答复。"),
        en=("I am very sorry. Please tell me all about it.", "I will see to it at once and call you today."),
    )

    def at(self, step: Step) -> Phrases:
        """What is said at this step."""
        found: Phrases = getattr(self, step)
        return found
