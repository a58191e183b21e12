"""What happens to each car of the demonstration, fixed by the seed: same seed, same cars, lines, decisions and counts."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.reception.domain import check_digit
from shared.clock import now

PAYERS = ("customer", "warranty", "insurance", "internal")
ALPHABET = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡"
GIVEN = ("伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超")
WORDS = ("刹车时有异响", "仪表盘发动机灯亮", "空调不凉", "到里程该保养了", "方向盘抖动", "冷启动困难")


@dataclass(frozen=True, slots=True)
class Operation:
    """A labour operation with the parts it needs: (part number, thousandths of the unit)."""

    op_code: str
    name: str
    flat_hours_milli: int
    concern: str
    parts: tuple[tuple[str, int], ...]

    @property
    def trade(self) -> str:
        """An operation's code begins with it."""
        return self.op_code.partition("-")[0]


@dataclass(frozen=True, slots=True)
class CataloguePart:
    """A part of the demonstration's catalogue; prices in fen per whole unit."""

    part_no: str
    name_zh: str
    name_en: str
    unit: str
    cost_fen: int
    price_fen: int
    on_the_shelf: bool


PARTS = {
    part.part_no: part
    for part in (
        CataloguePart("OIL-5W30", "机油 5W-30", "Engine oil 5W-30", "litre", 4_800, 8_900, True),
        CataloguePart("FLT-OIL", "机油滤清器", "Oil filter", "piece", 2_100, 4_500, True),
        CataloguePart("BRK-PAD-F", "前刹车片", "Front brake pads", "set", 21_000, 39_800, True),
        CataloguePart("ACC-FLT", "空调滤芯", "Cabin filter", "piece", 3_000, 7_900, True),
        CataloguePart("SNS-O2", "氧传感器", "Oxygen sensor", "piece", 26_000, 45_000, True),
        CataloguePart("PNT-BASE", "底色漆", "Base coat", "litre", 18_000, 32_000, True),
        CataloguePart("DSH-CAM", "行车记录仪", "Dash camera", "piece", 30_000, 59_900, True),
        CataloguePart("PMP-WTR", "水泵", "Water pump", "piece", 38_000, 68_000, False),
        CataloguePart("ARM-CTL-L", "左下摆臂", "Left control arm", "piece", 45_000, 82_000, False),
    )
}
TRADES = ("mechanical", "detailing", "body", "paint", "accessories")
HOUR_FEN = 18_000
"""What an hour costs in the demonstration's stores."""
PACKAGE, PACKAGE_FEN = "minor-service", 56_800
"""The ordinary maintenance at one price."""
MAINTENANCE = Operation("mechanical-maintenance", "常规保养", 800, "maintenance", (("OIL-5W30", 4_500), ("FLT-OIL", 1_000)))
OPERATIONS = (
    Operation("mechanical-brakes", "更换前刹车片", 1_200, "brake_noise", (("BRK-PAD-F", 1_000),)),
    Operation("mechanical-cabin-filter", "更换空调滤芯", 300, "air_conditioning", (("ACC-FLT", 1_000),)),
    Operation("detailing-wash", "内饰清洁", 500, "cleaning", ()),
)
DEFECT = Operation("mechanical-oxygen-sensor", "更换氧传感器", 900, "engine_light", (("SNS-O2", 1_000),))
SHORT = (
    Operation("mechanical-water-pump", "更换水泵", 2_400, "coolant_leak", (("PMP-WTR", 1_000),)),
    Operation("mechanical-control-arm", "更换左下摆臂", 1_800, "steering_shake", (("ARM-CTL-L", 1_000),)),
)


CRASH = (
    Operation("body-door-dent", "车门钣金整形", 1_500, "dent", ()),
    Operation("paint-door", "车门喷漆", 2_000, "scratch", (("PNT-BASE", 500),)),
)
"""What a crash leaves to do, one after the other."""
DASH_CAM = Operation("accessories-dash-cam", "加装行车记录仪", 600, "accessory", (("DSH-CAM", 1_000),))
EXTRA = Operation("detailing-wipers", "更换雨刮器", 200, "wipers", ())
"""What technicians find now and then."""
CATALOGUE = (MAINTENANCE, *OPERATIONS, DEFECT, *SHORT, *CRASH, DASH_CAM, EXTRA)


@dataclass(frozen=True, slots=True)
class Work:
    """One operation on one car, and who pays for it; `reworks` is how often the inspection sends it back.  `goodwill_bp` is
    what the house takes over of it, `deductible_fen` what the customer pays of the labour before an insurer does."""

    operation: Operation
    payer: str
    reworks: int
    goodwill_bp: int = 0
    deductible_fen: int = 0

    @property
    def payers(self) -> list[dict[str, object]]:
        """As a line names them."""
        own: dict[str, object] = {"payer": self.payer, "share_bp": 10_000 - self.goodwill_bp}
        return [own, {"payer": "internal", "share_bp": self.goodwill_bp}] if self.goodwill_bp else [own]


@dataclass(frozen=True, slots=True)
class Car:
    """One car's story."""

    number: int
    store_id: str
    customer: str
    phone: str
    company: bool
    vin: str
    plate: str
    odometer_km: int
    in_service_on: date
    words: str
    works: tuple[Work, ...]
    score: int

    @property
    def low(self) -> bool:
        """Whether the answer opens a complaint."""
        return self.score < 6

    @property
    def arrival(self) -> str:
        """How the car comes: `rescue`, `appointment` or `walk_in`."""
        return "rescue" if self.number % 10 == 3 else "appointment" if self.number % 2 == 0 else "walk_in"

    @property
    def supplement(self) -> str | None:
        """What the customer says of what is found on the way, if something is."""
        return None if self.number // 2 % 3 != 2 else "declined" if self.number % 2 else "approved"

    @property
    def credited(self) -> bool:
        """Whether the bill is corrected afterwards."""
        return self.number % 7 == 2

    @property
    def damaged(self) -> bool:
        """Whether something is found on the walk-around."""
        return self.number % 3 == 1

    @property
    def member(self) -> bool:
        """Whether the customer is a member, who pays in advance and with a voucher."""
        return self.number % 5 == 0 and not self.company

    @property
    def packaged(self) -> bool:
        """Whether the customer takes the maintenance as the package of the menu."""
        return self.number % 2 == 1 and not self.discounted and not self.works[0].goodwill_bp

    @property
    def discounted(self) -> bool:
        """Whether a loyal customer gets more off the first operation than the advisor may give alone."""
        return self.number % 5 == 4

    @property
    def sublet(self) -> bool:
        """Whether another firm has something to do on the car."""
        return self.number % 5 == 4

    @property
    def agency(self) -> bool:
        """Whether the house takes the car to its annual inspection."""
        return self.number % 6 == 5

    @property
    def lift_breaks(self) -> bool:
        """Whether the lift that its first job was meant for breaks before anybody began."""
        return self.number % 6 == 2

    @property
    def lent_back(self) -> bool:
        """Whether the customer drives on while a part that is short is on its way."""
        return self.number % 8 == 2

    @property
    def comes_back(self) -> bool:
        """Whether what was repaired first does not last."""
        return self.number % 12 == 0

    @property
    def split(self) -> bool:
        """Whether some line has more than one payer."""
        return any(work.goodwill_bp or work.deductible_fen for work in self.works)

    @property
    def hours_milli(self) -> dict[str, int]:
        """What the works take of the workshop's time, by trade."""
        hours: Counter[str] = Counter()
        for work in self.works:
            hours[work.operation.trade] += work.operation.flat_hours_milli
        return dict(hours)


def cars(count: int, stores: list[str], seed: int) -> list[Car]:
    """`count` cars spread over the stores.  From ten cars on, every kind of trouble is among them."""
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    return [_car(number, stores[number % len(stores)], chance) for number in range(count)]


def _car(number: int, store_id: str, chance: random.Random) -> Car:
    works = [Work(MAINTENANCE, "customer", 0)]
    if chance.random() < 0.5:
        works.append(Work(chance.choice(OPERATIONS), chance.choice(("customer", "customer", "internal")), 0))
    if number % 3 == 1:
        works.append(Work(DEFECT, "warranty", 0))
    if number % 4 == 2:
        insured = number % 8 == 6
        works.append(
            Work(SHORT[number // 4 % len(SHORT)], "insurance" if insured else "customer", 0, deductible_fen=20_000 * insured)
        )
    if number % 6 == 5:
        works += [Work(operation, "insurance", 0) for operation in CRASH]
    if number % 7 == 4:
        works.append(Work(DASH_CAM, "customer", 0))
    if number % 5 == 3:
        last = works[-1]
        works[-1] = replace(last, reworks=1 + (number % 10 == 8))
    if number % 5 == 2:
        works[0] = replace(works[0], goodwill_bp=3_000)
    return Car(
        number=number,
        store_id=store_id,
        customer=chance.choice(SURNAMES) + chance.choice(GIVEN),
        phone=f"13{chance.randrange(10**9):09d}",
        company=chance.random() < 0.2,
        vin=_vin(chance),
        plate=f"沪{chance.choice('ABCDE')}{chance.randrange(10**5):05d}",
        odometer_km=chance.randrange(5_000, 55_000),
        in_service_on=now().date() - timedelta(days=chance.randrange(100, 700)),
        words=chance.choice(WORDS),
        works=tuple(works),
        score=chance.choice((2, 3, 4)) if number % 6 == 4 else chance.choice((8, 9, 10)),
    )


def _vin(chance: random.Random) -> str:
    """A vehicle identification number as of a car built in China, with its check digit."""
    text = ["L", *(chance.choice(ALPHABET) for _ in range(16))]
    text[8] = check_digit("".join(text))
    return "".join(text)
