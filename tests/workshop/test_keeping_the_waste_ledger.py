"""The ledger of hazardous waste that was handed over."""

from typing import Any

import httpx
import pytest

from shared.database import new_id
from tests.callers import once
from tests.workshop.shop import Shop

pytestmark = pytest.mark.usefixtures("sunday")


async def test_the_ledger_of_hazardous_waste_is_only_added_to(shop: Shop) -> None:
    """W10: kind, grams or millilitres, receiver and manifest; what was wrong is put right by another entry."""
    by, manifest = shop.by("dispatcher", subject="lin.wei"), f"HW-{new_id().hex[-8:]}"
    entry = {"waste_kind": "used_oil", "quantity_milli": 180_500, "receiver": "绿源环保", "manifest_no": manifest,
             "handed_over_on": "2027-01-30"}  # fmt: skip

    async def entered(**told: Any) -> httpx.Response:
        return await shop.client.post(f"/stores/{shop.store}/waste-handovers", json=entry | told, headers=by | once())

    first = (await entered()).json()
    assert (first["unit"], first["recorded_by"]) == ("l", "lin.wei")
    assert (await entered()).json()["code"] == "manifest_recorded"
    assert (await entered(waste_kind="filters")).json()["unit"] == "kg", "another kind on the same manifest"
    for wrong, told in (
        ("in_the_future", {"handed_over_on": "2027-02-01"}), ("nothing_handed_over", {"quantity_milli": 0}),
        ("unknown_entry", {"corrects": str(new_id())}),
    ):  # fmt: skip
        assert (await entered(**told)).json()["errors"][0]["type"] == wrong
    second = (await entered(corrects=first["id"], quantity_milli=185_000)).json()
    assert (await entered(corrects=first["id"])).json()["code"] == "entry_corrected"
    void = (await entered(corrects=second["id"], quantity_milli=0)).json()
    assert (await entered(quantity_milli=190_000)).status_code == 201, "nothing stands under the manifest any more"
    path = f"/stores/{shop.store}/waste-handovers?waste_kind=used_oil&limit=200"
    listed = (await shop.client.get(path, headers=shop.dispatcher)).json()["items"]
    mine = {each["quantity_milli"]: each["corrected_by"] for each in listed if each["manifest_no"] == manifest}
    assert mine == {180_500: second["id"], 185_000: void["id"], 0: None, 190_000: None}
