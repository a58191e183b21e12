"""The sending half of saying a fact: one leader per service takes the outbox to the exchange, in order, confirmed.

`publishing` holds the only publisher of the whole system (also for the retry ladder and for replays), `leading` the leader's
work, `upkeep` what the leader tidies and measures.
"""

from shared.relay.leading import Relay, message_of
from shared.relay.publishing import NotConfirmed, Publisher, publish_confirmed

__all__ = ["NotConfirmed", "Publisher", "Relay", "message_of", "publish_confirmed"]
