"""Technicians learn, are promoted and leave."""

from tests.workshop.roster import Json, a_technician, id_of, in_days, made, post
from tests.workshop.shop import Shop


async def read(shop: Shop, technician: Json) -> Json:
    answer = await shop.client.get(f"/technicians/{technician['id']}", headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()) | {"etag": answer.headers["etag"]}


async def test_a_grade_counts_what_it_counts_unless_somebody_says_otherwise(shop: Shop) -> None:
    """W8; KPI formulas, capacity."""
    path = f"/technicians/{(technician := await a_technician(shop, 'engine'))['id']}/grade"
    bodies: list[Json] = [{"grade": "foreman"}, {"grade": "master"}, {"grade": "apprentice", "counts_bp": 2_500}]
    counted = []
    for version, body in enumerate(bodies, 1):
        counted.append((await made(shop, path, body, version=version))["counts_bp"])
    assert counted == [5_000, 10_000, 2_500]
    assert (await read(shop, technician))["etag"] == '"4"'


async def test_the_first_skill_says_the_trade(shop: Shop) -> None:
    """W8: one of the trades."""
    technician = await a_technician(shop, "engine")
    changed = await made(shop, f"/technicians/{technician['id']}/skills", {"skills": ["PAINT", "body", "paint"]}, version=1)
    assert (changed["trade"], changed["skills"]) == ("paint", ["body", "paint"])
    job = await shop.a_ready_job(op_code="PAINT-DOOR")
    bay = (await shop.a_hand()).bay
    await shop.done(
        job, "dispatch", shop.dispatcher, {"technician": technician["code"], "bay": bay, "reason_code": "own_choice"}
    )


async def test_certificates_are_replaced(shop: Shop) -> None:
    technician = await a_technician(shop, "engine", certificates=[{"code": "HV"}])
    held = [{"code": "AC", "valid_until_on": "2027-01-31"}]
    path = f"/technicians/{technician['id']}/certificates"
    changed = await made(shop, path, {"certificates": held}, version=1)
    assert changed["certificates"] == held
    assert (await post(shop, path, {"certificates": []}, version=1)).status_code == 412


async def test_who_has_left_is_given_no_work(shop: Shop) -> None:
    """W2: until they come back."""
    hand, job = await shop.a_hand(), await shop.a_ready_job()
    technician = await id_of(shop, "technicians", hand.technician)
    await made(shop, f"/technicians/{technician}/leaving", {"left_on": in_days(0).isoformat()}, version=1)
    given = shop.given_to(hand)
    answer = await shop.ask(job, "dispatch", shop.dispatcher, given)
    assert (answer.status_code, answer.json()["code"]) == (409, "left_the_store")
    await made(shop, f"/technicians/{technician}/leaving", {"left_on": None}, version=2)
    await shop.done(job, "dispatch", shop.dispatcher, given)


async def test_nobody_leaves_while_their_clock_runs(shop: Shop) -> None:
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    path = f"/technicians/{await id_of(shop, 'technicians', hand.technician)}/leaving"
    answer = await post(shop, path, {"left_on": in_days(0).isoformat()}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "technician_busy")
    await made(shop, path, {"left_on": in_days(1).isoformat()}, version=1)
