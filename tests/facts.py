"""Facts as a hearer receives them, without a broker in between."""

from uuid import NAMESPACE_OID, uuid5

from shared import clock
from shared.events import Event
from shared.events.envelope import Envelope
from shared.inbox import Heard


def heard(fact: Event) -> Heard:
    """The fact in its envelope.  The same fact always has the same id, so that hearing it twice is a repetition."""
    about = fact.about
    id = uuid5(NAMESPACE_OID, f"{fact.type} {about.subject} {about.order} {fact.body()}")
    return Heard(Envelope(id, fact.type, fact.speaker(), clock.now(), about, "user:test", None), fact)
