"""The rules of the survey after a delivery, in memory."""

from datetime import timedelta

import pytest

from services.followup.domain import SurveyPolicy, Terms
from shared import clock
from shared.database import new_id
from shared.refusal import Refused
from tests.followup.words import NOON, TERMS, a_delivery, a_survey_after, a_waiting_survey, an_open_survey

pytestmark = pytest.mark.usefixtures("at_noon")


def test_a_survey_opens_two_days_and_is_due_three_days_after_delivery() -> None:
    """F1: satisfaction follow-up within 72 hours of delivery."""
    survey = a_waiting_survey()
    assert (survey.state, survey.opens_at, survey.due_at) == ("waiting", NOON + timedelta(hours=48), NOON + timedelta(hours=72))


def test_two_days_are_48_hours_where_the_clocks_change_in_between() -> None:
    """New York, 7 March 2026, noon: the hour that the night swallows is no reason to call an hour early."""
    noon = NOON.replace(month=3, day=7, hour=17)
    survey = a_survey_after(a_delivery(store_id="ny01", at=noon))
    assert survey.opens_at - survey.delivered_at == timedelta(hours=48)
    assert (clock.day_in("America/New_York", survey.opens_at).day, survey.opens_at.hour) == (9, 17)


def test_a_delivery_that_is_excluded_makes_a_void_survey() -> None:
    """F1: internal work is not asked about."""
    survey = a_survey_after(a_delivery(excluded=True))
    assert survey.state == "void"
    with pytest.raises(Refused, match="illegal_transition"):
        survey.open()


def test_a_newer_word_on_the_delivery_plans_again_and_an_older_one_does_not() -> None:
    ro = new_id()
    survey = a_survey_after(a_delivery(ro, version=5))
    survey.plan(a_delivery(ro, version=4, excluded=True), TERMS)
    assert survey.state == "waiting"
    survey.plan(a_delivery(ro, version=6, at=NOON + timedelta(hours=1)), TERMS)
    assert survey.opens_at == NOON + timedelta(hours=49)
    survey.plan(a_delivery(ro, version=1, epoch=2, excluded=True), TERMS)
    assert survey.state == "void", "a new epoch is newer than any version of the old one"


def test_an_open_survey_is_not_planned_again() -> None:
    survey = an_open_survey()
    due_at = survey.due_at
    survey.plan(a_delivery(survey.ro_id, version=9, at=NOON + timedelta(days=9)), TERMS)
    assert (survey.state, survey.due_at) == ("open", due_at)


def test_a_survey_keeps_the_policy_that_it_was_planned_by() -> None:
    policy = SurveyPolicy(
        id=new_id(), store_id="sh01", name="survey", version=2, valid_from=NOON, value={"opens_after_s": 3600, "low_below": 8}
    )
    survey = a_waiting_survey(TERMS.under(policy))
    assert (survey.opens_at, survey.due_at) == (NOON + timedelta(hours=1), NOON + timedelta(hours=72))
    assert (survey.low_below, survey.policy_id) == (8, policy.id)


def test_an_opened_survey_says_until_when_it_must_be_answered() -> None:
    """F1."""
    survey = a_waiting_survey(Terms(timedelta(0), timedelta(hours=24)))
    said = survey.open()
    assert (said.opened_at, said.due_at) == (NOON, NOON + timedelta(hours=24))
    assert (said.about.subject, said.about.version, said.about.correlation) == (survey.id, 1, survey.ro_id)


def test_planning_again_moves_the_version_that_readers_hold() -> None:
    """What a heard fact changes, a reader's ETag must notice."""
    ro = new_id()
    survey = a_survey_after(a_delivery(ro, version=5))
    before = survey.version
    survey.plan(a_delivery(ro, version=6, at=NOON + timedelta(hours=1)), TERMS)
    assert survey.version == before + 1
    survey.plan(a_delivery(ro, version=6), TERMS)
    assert survey.version == before + 1
